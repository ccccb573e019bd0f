using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CsCheck;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Data.Dialogues;

/// <summary>What holds for every JSON and every list of dialogues.</summary>
public sealed class DialoguePropertyTests : IDisposable
{
    private static readonly string[] Names =
    [
        "image", "images", "video", "conversations", "from", "value", "boxes_xywh", "width", "height", "start", "end", "im\\u0061ge",
        "\\ud800",
    ];

    /// <summary>Parts of texts in JSON, escapes among them that stand for no text, or for text that no file is named.</summary>
    private static readonly Gen<string> Text = Gen.OneOf(
        Among(
            "human", "assistant", "<image>", "<|bbox0|>", "<|bbox9999|>", "<|eot_id|>", "1.png", "..", "/", "\\u0000", "\\ud800",
            "\\udc00x", "\\ud83d\\ude00", "\\n", "\\q", "\\u12", "\u0001", "é\uFEFF"),
        Gen.String[Gen.Char["ab<|>/.:"], 0, 9]).Array[0, 3].Select(parts => $"\"{string.Concat(parts)}\"");

    private static readonly Gen<string> Number = Gen.OneOf(
        Gen.Double.Select(number => number.ToString("R", CultureInfo.InvariantCulture)),
        Among("0", "-1", "3.5", "1e999", "-1e999", "123456789012345678901234567890", "00", "NaN", "-Infinity", "1e"));

    private static readonly Gen<string> Any = Nested(4);

    /// <summary>A dialogue in most of its parts, so that what lies behind the first check is met too.</summary>
    private static readonly Gen<string> Nearly = Gen.Select(
        Gen.OneOf(Gen.Const("[[1,2,3,4]]"), Any),
        Gen.OneOf(Among("\"1.png\"", "[\"1.png\",\"1.png\"]", "[]", "null"), Any),
        Gen.OneOf(Among("0", "2", "null"), Any),
        Gen.Select(Gen.Int[0, 9], Text, Gen.OneOf(Text, Text, Any)).Array[0, 5],
        Among("image", "images", "video", "none")).Select((boxes, files, bound, turns, field)
            => $$"""{"{{field}}": {{files}}, "start": {{bound}}, "boxes_xywh": {{boxes}}, "width": 7, "height": 5, "conversations": ["""
                + string.Join(',', turns.Select((turn, index) => $$"""{"from": {{Role(turn, index)}}, "value": {{turn.Item3}}}""")) + "]}");

    private static readonly byte[] Picture = PngEncoder.Encode(TestImages.Noise(5, 4, 3, 1));

    private readonly string folder = Directory.CreateTempSubdirectory("pe-any-").FullName;

    public DialoguePropertyTests()
    {
        TorchRuntime.Initialize();
        File.WriteAllBytes(Path.Combine(folder, "1.png"), Picture);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Whatever_the_JSON_is_it_is_a_dialogue_or_a_bad_sample_with_a_reason_in_one_line()
    {
        var reasons = new ConcurrentDictionary<string, int>();
        Gen.Select(Gen.OneOf(Any, Nearly, Nearly), Gen.Double[0, 1.5], Gen.Byte.Array[0, 2], Gen.Bool).Sample(
            (json, cut, noise, isLine) =>
            {
                var bytes = Encoding.UTF8.GetBytes(json);
                bytes = [.. bytes[..(int)(Math.Min(1, cut) * bytes.Length)], .. cut < 0.2 ? noise : []];
                var members = new Dictionary<string, ReadOnlyMemory<byte>> { ["json"] = bytes, ["png"] = Picture };
                var reason = Decode(new Sample("k", Path.Combine(folder, isLine ? "x.jsonl" : "x.tar"), members));
                reasons.AddOrUpdate(reason, 1, (_, count) => count + 1);
            },
            iter: 20_000,
            print: made => JsonSerializer.Serialize(made.Item1));
        string[] expected =
        [
            "", "damaged JSON", "no dialogue", "unknown role", "two turns in a row", "no answer", "wrong start or end",
            "tags and pictures differ", "missing image", "missing video",
        ];
        Assert.Equal("", string.Join(", ", expected.Except(reasons.Keys).Select(reason => $"'{reason}'")));
    }

    [Fact]
    public void Dialogues_that_were_written_are_read_each_once_by_any_number_of_workers_and_ranks()
        => Gen.Select(
            Gen.Select(Gen.String, Gen.String).Array[3, 12].Array[1, 4],
            Gen.Int[1, 4],
            Gen.Int[1, 3],
            Gen.Int[1, 9],
            Gen.ULong).Sample(
            (files, workers, ranks, window, seed) =>
            {
                var root = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"))).FullName;
                files.Index().ToList().ForEach(file => Write(root, file.Index, file.Item));
                var expected = files.SelectMany(file => file).Select(turns => (Repaired(turns.Item1), Repaired(turns.Item2))).Order();
                var options = new DataOptions
                {
                    Train = [new SourceOptions { Shards = root + "/*" }],
                    Workers = workers,
                    ShuffleWindow = window,
                };
                var (read, total) = (new ConcurrentDictionary<string, (string, string)>(), files.Sum(file => file.Length));
                var keys = Keys(options, seed, ranks, 2 * total, read);
                Assert.All(keys.Take(2 * total).Chunk(total), epoch => Assert.Equal(expected, epoch.Select(key => read[key]).Order()));
                Assert.Equal(total, keys.Take(total).Distinct().Count());
            },
            iter: 30,
            threads: 1);

    private static Gen<string> Nested(int depth) => depth == 0
        ? Gen.OneOf(Text, Number, Among("null", "true", "false", "", "nul"))
        : Gen.OneOf(
            Text,
            Number,
            Nested(depth - 1).Array[0, 3].Select(items => $"[{string.Join(',', items)}]"),
            Gen.Select(Gen.OneOf(Among(Names).Select(name => $"\"{name}\""), Text), Nested(depth - 1)).Array[0, 4]
                .Select(fields => $"{{{string.Join(',', fields.Select(field => $"{field.Item1}: {field.Item2}"))}}}"));

    /// <summary>By turns, but for some.</summary>
    private static string Role((int Choice, string Text, string Value) turn, int index)
        => turn.Choice == 0 ? turn.Text : index % 2 == (turn.Choice == 1 ? 1 : 0) ? "\"human\"" : "\"assistant\"";

    private static Gen<string> Among(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>The reason of a bad sample; empty of a dialogue.</summary>
    private static string Decode(Sample sample)
    {
        var decoder = new DialogueDecoder(
            new ChatFormat(LanguageTokenizers.Bytes, ChatFormatKind.Sft, system: "").Training,
            new ImageTiling(4, 1),
            tokensPerChunk: 2,
            context: 96,
            chunks: 3);
        try
        {
            decoder.Decode(sample, new SourceOptions { Shards = "x" }, 1, new SampleFields(DialogueBatch.Layout(96, 3, 4)));
            return "";
        }
        catch (BadSampleException bad)
        {
            Assert.False(bad.Message.Any(char.IsControl), JsonSerializer.Serialize(bad.Message));
            return bad.Reason;
        }
    }

    private static void Write(string root, int index, (string Question, string Answer)[] dialogues)
    {
        var isPacked = index % 2 == 1;
        using var file = File.Create(Path.Combine(root, $"{index}.jsonl{(isPacked ? ".gz" : "")}"));
        using Stream stream = isPacked ? new GZipStream(file, CompressionLevel.Fastest) : file;
        foreach (var (question, answer) in dialogues)
        {
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(new
            {
                conversations = new[] { new { from = "human", value = question }, new { from = "assistant", value = answer } },
            }));
            stream.Write("\n"u8);
        }
    }

    /// <summary>Half of a surrogate pair is not written as it is.</summary>
    private static string Repaired(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Keys in the order of drawing, of all ranks.</summary>
    private static List<string> Keys(
        DataOptions options, ulong seed, int ranks, int count, ConcurrentDictionary<string, (string, string)> read)
    {
        var each = new List<string>[ranks];
        LoopBack.Run(ranks, world =>
        {
            void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
            {
                var turns = DialogueDecoder.DialogueOf(sample, source).Turns;
                read[sample.Key] = (turns[0].Text, turns[1].Text);
            }

            using var loader = new DataLoader(
                options, 1, new BatchLayout(), Decode, seed, DataPosition.Start, new BadSamples(), world: world);
            each[world.Rank] = [.. Enumerable.Range(0, (count + ranks - 1) / ranks).SelectMany(_ =>
            {
                using var batch = loader.Next();
                return batch.Keys;
            })];
        });
        return [.. Enumerable.Range(0, each[0].Count * ranks).Select(i => each[i % ranks][i / ranks])];
    }
}
