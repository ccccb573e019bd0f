using System.IO.Compression;
using System.Text;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tests.Data.Video;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Data.Dialogues;

/// <summary>What a line of JSONL may say beside its turns, and how it is stored.</summary>
public sealed class DialogueFormTests : IDisposable
{
    private const string Turns = """ "conversations": [{"from": "human", "value": "?"}, {"from": "assistant", "value": "!"}]}""";

    private readonly string folder = Directory.CreateTempSubdirectory("pe-form-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("", null, null)]
    [InlineData("\"start\": null, \"end\": null,", null, null)]
    [InlineData("\"start\": 2.5,", 2.5, null)]
    [InlineData("\"end\": 4,", 0.0, 4.0)]
    [InlineData("\"start\": 2.5, \"end\": 4e0,", 2.5, 4.0)]
    public void A_clip_may_be_seen_in_part(string bounds, double? start, double? end)
    {
        var whole = FrameRequest.Sampled(2) with { SquarePixels = false };
        var expected = start is { } from
            ? whole.Within(TimeSpan.FromSeconds(from), end is { } to ? TimeSpan.FromSeconds(to) : TimeSpan.MaxValue)
            : whole;
        var json = $$"""{"video": "a.mp4", {{bounds}} {{Turns}}""";
        Assert.Equal(expected, Requested(json, "x.jsonl"));
        Assert.Equal(expected, Requested(json.Replace("\"video\": \"a.mp4\",", ""), "x.tar"));
    }

    [Theory]
    [InlineData("\"start\": 3, \"end\": 2,", "\"end\" (2) is not after the start (3)")]
    [InlineData("\"end\": 0,", "\"end\" (0) is not after the start (0)")]
    [InlineData("\"start\": \"3\",", "\"start\" is a text, not a number of seconds")]
    [InlineData("\"start\": -1,", "\"start\" is below 0")]
    [InlineData("\"end\": 1e999,", "\"end\" is below 0 or too large")]
    [InlineData("\"end\": [3],", "\"end\" is a list")]
    public void A_part_that_is_none_is_named_with_its_line(string bounds, string detail)
    {
        var path = Path.Combine(folder, "clips.jsonl");
        File.WriteAllText(path, $$"""
            {"video": "a.mp4", {{Turns}}
            {"video": "b.mp4", {{bounds}} {{Turns}}
            {"image": "b.png", {{bounds}} {{Turns}}
            """);
        var (faults, found) = (new BadSamples(), new List<BadSample>());
        faults.Found += found.Add;
        Assert.Equal(2, DialogueDecoder.ReadDialogues(new SourceOptions { Shards = path }, faults, default).Count());
        var bad = Assert.Single(found);
        Assert.Equal(("wrong start or end", "clips.jsonl:2"), (bad.Reason, bad.Key));
        Assert.Contains(detail, bad.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', bad.Detail);
    }

    [Fact]
    public void A_part_of_stored_frames_is_refused_for_they_have_no_times()
        => Assert.Contains("stored frames", Assert.Throws<BadSampleException>(() => Decode(
            StoredClips.Sample("a", 3, ("json", $$"""{"start": 1, {{Turns}}""")),
            new Requests())).Message);

    [Fact]
    public void An_empty_list_of_pictures_is_text_whatever_lies_beside_it()
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["json"] = Encoding.UTF8.GetBytes($$"""{"images": [], {{Turns}}"""),
            ["png"] = PngEncoder.Encode(TestImages.Noise(4, 4, 3, 1)),
        };
        Assert.Equal(0, Decode(new Sample("a", "x.tar", members), new Requests()).LengthOf("images"));
        members["json"] = Encoding.UTF8.GetBytes($$"""{ {{Turns}}""");
        Assert.Equal(1, Decode(new Sample("a", "x.tar", members), new Requests()).LengthOf("images"));
    }

    [Fact]
    public void A_gzipped_file_is_read_as_what_it_holds_and_found_by_its_name()
    {
        string[] lines = [.. Enumerable.Range(0, 3000).Select(i => $$"""{"id": {{i}}, {{Turns}}""")];
        var text = "\uFEFF\n" + string.Join("\r\n", lines);
        File.WriteAllText(Path.Combine(folder, "a.jsonl"), text);
        var packed = Path.Combine(folder, "b.jsonl.gz");
        Pack(packed, text);
        var paths = ShardOrder.Find(Path.Combine(folder, "*"));
        Assert.Equal(2, paths.Count);
        var samples = paths.Select(path => SampleReader.ReadShards([path], new BadSamples()).ToArray()).ToArray();
        Assert.Equal(lines, samples[1].Select(sample => Encoding.UTF8.GetString(sample.Members["json"].Span)));
        Assert.Equal(
            samples[0].Select(sample => sample.Key.Replace("a.jsonl", "b.jsonl.gz", StringComparison.Ordinal)),
            samples[1].Select(sample => sample.Key));
        Assert.Equal(["a.png"], DialogueDecoder.DialogueOf(
            new Sample("b.jsonl.gz:1", packed, Json($$"""{"image": "a.png", {{Turns}}""")), new SourceOptions { Shards = packed }).Files);

        var bytes = File.ReadAllBytes(packed);
        bytes.AsSpan(bytes.Length / 2, 64).Clear();
        File.WriteAllBytes(packed, bytes);
        var error = Assert.Throws<UserErrorException>(() => SampleReader.ReadShards([packed], new BadSamples()).Count());
        Assert.Matches(@"b\.jsonl\.gz:[0-9]+: .* is damaged", error.Message);
    }

    private static FrameRequest Requested(string json, string shard)
    {
        var members = Json(json);
        members["mp4"] = new byte[3];
        var requests = new Requests();
        Assert.Equal(1, Decode(new Sample("a", shard, members), requests).LengthOf("images"));
        return requests.Last! with { MaximumPixels = FrameRequest.All.MaximumPixels };
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Json(string json) => new() { ["json"] = Encoding.UTF8.GetBytes(json) };

    private static SampleFields Decode(Sample sample, IVideoReader reader)
    {
        var decoder = new DialogueDecoder(
            new ChatFormat(LanguageTokenizers.Bytes, ChatFormatKind.Sft, system: "").Training,
            new ImageTiling(4, 1),
            tokensPerChunk: 2,
            context: 64,
            chunks: 2,
            new ClipDecoder(reader, 2, sampled: true));
        var fields = new SampleFields(DialogueBatch.Layout(64, 2, 4));
        decoder.Decode(sample, new SourceOptions { Shards = "x", Media = MediaKind.Video }, 1, fields);
        return fields;
    }

    private static void Pack(string path, string text)
    {
        using var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        packed.Write(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Keeps what was asked for, and shows one frame.</summary>
    private sealed class Requests : IVideoReader
    {
        public FrameRequest? Last { get; private set; }

        public VideoInfo Probe(string path, CancellationToken cancellation) => throw new InvalidOperationException("asked to probe");

        public DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation)
        {
            Last = request;
            return new DecodedClip(StoredClips.Width, StoredClips.Height, [StoredClips.Picture(0)], [0], [0], null, 1, Shortened: false);
        }

        public DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation)
            => Read("", request, cancellation);
    }
}
