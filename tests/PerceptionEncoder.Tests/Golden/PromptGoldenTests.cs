using System.Text.Json;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Prompts recorded from PLM's own code. What it does wrong is listed in <see cref="IsRefused"/> and <see cref="IsEscaped"/>.</summary>
public class PromptGoldenTests
{
    private static readonly LanguageTokenizer Bytes = LanguageTokenizers.Bytes;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("plm_prompts*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Dialogues_become_the_published_tokens(string name)
    {
        using var recording = Open(name);
        var checkedCases = 0;
        foreach (var recorded in recording.RootElement.GetProperty("training").EnumerateArray())
        {
            var turns = recorded.GetProperty("conversations");
            if (recorded.TryGetProperty("error", out _) || IsRefused(turns))
            {
                Assert.Throws<BadSampleException>(() => Dialogue.Parse(recorded));
                continue;
            }

            var dialogue = Dialogue.Parse(recorded)!;
            if (!recorded.GetProperty("valid").GetBoolean())
            {
                Assert.Throws<BadSampleException>(() => Tokens(recorded, dialogue));
                continue;
            }

            var tokens = Tokens(recorded, dialogue);
            if (IsEscaped(turns))
            {
                Assert.Equal(recorded.GetProperty("chunks").GetInt32() * recorded.GetProperty("tokens_per_chunk").GetInt32(), tokens.VisualTokens);
                continue;
            }

            var title = $"{recorded.GetProperty("name")} {recorded.GetProperty("format")}";
            Assert.True(Ids(recorded.GetProperty("ids")).SequenceEqual(tokens.Ids), title);
            Assert.True(Spans(recorded.GetProperty("image_spans")).SequenceEqual(tokens.Images), title);
            Assert.True(Spans(recorded.GetProperty("response_spans")).SequenceEqual(tokens.Responses), title);
            checkedCases++;
        }

        Assert.NotEqual(0, checkedCases);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Questions_become_the_published_prompts(string name)
    {
        using var recording = Open(name);
        foreach (var recorded in recording.RootElement.GetProperty("generation").EnumerateArray())
        {
            var (question, chunks) = (recorded.GetProperty("prompt").GetString()!, recorded.GetProperty("chunks").GetInt32());
            var tokens = Format(recorded).Prompt(question, chunks, recorded.GetProperty("tokens_per_chunk").GetInt32());
            if (question.Contains("<|"))
            {
                Assert.Equal(chunks * recorded.GetProperty("tokens_per_chunk").GetInt32(), tokens.VisualTokens);
                continue;
            }

            Assert.Equal(Bytes.EncodeTemplate(recorded.GetProperty("text").GetString()!), tokens.Ids);
            if (recorded.TryGetProperty("image_spans", out var spans))
            {
                Assert.Equal(Spans(spans), tokens.Images);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Boxes_are_written_as_published(string name)
    {
        using var recording = Open(name);
        foreach (var recorded in recording.RootElement.GetProperty("boxes").EnumerateArray())
        {
            double[] box = [.. recorded.GetProperty("box_xywh").EnumerateArray().Select(number => number.GetDouble())];
            var text = new BoxText([box], recorded.GetProperty("width").GetDouble(), recorded.GetProperty("height").GetDouble());
            Assert.Equal(recorded.GetProperty("xyxy_000").GetString(), text.Corners(0));
            Assert.Equal(recorded.GetProperty("xyxy_decimal").GetString(), text.DecimalCorners(0));
            Assert.Equal(recorded.GetProperty("xywh_000").GetString(), text.Sides(0));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Boxes_take_their_places_in_a_dialogue(string name)
    {
        using var recording = Open(name);
        var recorded = recording.RootElement.GetProperty("box_conversation");
        Assert.Equal(
            recorded.GetProperty("result").EnumerateArray().Select(turn => turn.GetProperty("value").GetString()),
            Dialogue.Parse(recorded)!.Turns.Select(turn => turn.Text));
    }

    private static DialogueTokens Tokens(JsonElement recorded, Dialogue dialogue)
    {
        var (chunks, each) = (recorded.GetProperty("chunks").GetInt32(), recorded.GetProperty("tokens_per_chunk").GetInt32());
        var (media, visual) = recorded.GetProperty("media_type").GetString() switch
        {
            "text" => (DialogueMedia.Text, (int[])[]),
            "multi_image" => (DialogueMedia.Images, [.. Enumerable.Repeat(each, chunks)]),
            "video" => (DialogueMedia.Video, [chunks * each]),
            _ => (DialogueMedia.Image, [chunks * each]),
        };
        return Format(recorded).Training(dialogue.Turns, media, visual, recorded.GetProperty("seq_len").GetInt32());
    }

    private static ChatFormat Format(JsonElement recorded)
        => new(Bytes, recorded.GetProperty("format").GetString() == "warmup" ? ChatFormatKind.Warmup : ChatFormatKind.Sft);

    /// <summary>Two turns of one side: published code loses the first or doubles the last.</summary>
    private static bool IsRefused(JsonElement turns)
    {
        string[] roles = [.. turns.EnumerateArray().Select(turn => turn.GetProperty("from").GetString()!)];
        return roles.Zip(roles.Skip(1)).Any(pair => pair.First == pair.Second);
    }

    /// <summary>Names of special tokens in a dialogue: published code takes them for the tokens.</summary>
    private static bool IsEscaped(JsonElement turns) => turns.GetRawText().Contains("<|") || turns.GetRawText().Contains("\\u003c|");

    private static JsonDocument Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name)));
    }

    /// <summary>Ids, of which a pair stands for an id and how often it comes.</summary>
    private static IEnumerable<int> Ids(JsonElement array) => array.EnumerateArray().SelectMany(entry => entry.ValueKind == JsonValueKind.Array
        ? Enumerable.Repeat(entry[0].GetInt32(), entry[1].GetInt32())
        : [entry.GetInt32()]);

    private static IEnumerable<TokenSpan> Spans(JsonElement array)
        => array.EnumerateArray().Select(span => new TokenSpan(span[0].GetInt32(), span[1].GetInt32()));
}
