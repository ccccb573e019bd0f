using System.IO.Compression;
using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;

public sealed class ReviewSamplesTests : IDisposable
{
    private readonly ReviewedClips files = new();
    private readonly BadSamples faults = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Members_are_found_where_they_lie_and_read_in_any_part()
    {
        byte[] film = [.. Enumerable.Range(0, 5000).Select(value => (byte)(value * 7))];
        var path = files.Write(3, clip: index => index == 1 ? ("mp4", film) : null);
        var samples = Read(path);
        Assert.Equal([ReviewedClips.Key(0), ReviewedClips.Key(1), ReviewedClips.Key(2)], samples.Select(sample => sample.Key));
        Assert.Equal(["frame00.jpg", "frame01.jpg"], samples[0].FrameExtensions);
        Assert.Null(samples[0].ClipExtension);
        Assert.Equal(ReviewedClips.Frame(2, 1), samples[2].Shard.Read(samples[2].Members["frame01.jpg"]));
        Assert.Equal("mp4", samples[1].ClipExtension);
        using var stream = samples[1].Shard.Open(samples[1].Members["mp4"]);
        Assert.Equal(film.Length, stream.Length);
        stream.Seek(-1000, SeekOrigin.End);
        var part = new byte[2000];
        Assert.Equal(1000, stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false));
        Assert.Equal(film[^1000..], part[..1000]);
        Assert.Equal(0, stream.Read(part));
    }

    [Fact]
    public void What_cannot_be_reviewed_is_named_and_the_rest_is_read()
    {
        using (var writer = new ShardWriter(files.At("mixed.tar")))
        {
            var frame = ("frame00.jpg", (ReadOnlyMemory<byte>)ReviewedClips.Frame(0, 0));
            writer.Write("good", frame, ShardFolder.Member("json", """{"caption": "One."}"""));
            writer.Write("text", ShardFolder.Member("json", """{"caption": "No clip."}"""));
            writer.Write("other", frame, ShardFolder.Member("txt", "Two."));
            writer.Write("good", frame, ShardFolder.Member("txt", "Again."));
        }

        var samples = Read(files.At("mixed.tar"));
        Assert.Equal(["good", "other"], samples.Select(sample => sample.Key));
        Assert.Equal(["One.", "Two."], samples.Select(sample => sample.Draft(ReviewOptions.UsualDrafts)));
        Assert.Equal(1, faults.FaultsByReason[ClipDecoder.MissingVideo]);
        Assert.Equal(1, faults.FaultsByReason[ReviewSamples.RepeatedKey]);
    }

    [Fact]
    public void A_cut_shard_is_reviewed_up_to_its_end()
    {
        var path = files.Write(3);
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.InRange(Read(path).Count, 1, 2);
        Assert.Equal(1, faults.FaultsByReason[BadSamples.DamagedShard]);
    }

    [Fact]
    public void Shards_that_clips_cannot_be_shown_from_are_refused_in_a_line()
    {
        var path = files.Write(1);
        using (var packed = new GZipStream(File.Create(files.At("packed.tar.gz")), CompressionLevel.Fastest))
        {
            packed.Write(File.ReadAllBytes(path));
        }

        Assert.Contains("is gzipped", Refusal(() => Read(files.At("packed.tar.gz"))), StringComparison.Ordinal);
        Assert.Contains("no tar of this machine", Refusal(() => ReviewSamples.Find(["https://host/a.tar"])), StringComparison.Ordinal);
        Directory.CreateDirectory(files.At("more"));
        File.Copy(path, files.At("more/clips.tar"));
        Assert.Contains("have one name", Refusal(() => ReviewSamples.Find([path, files.At("more")])), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refusal(() => ReviewSamples.Find([files.At("gone.tar")])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_that_changes_during_the_review_is_not_read_at_the_old_places()
    {
        var path = files.Write(1);
        var sample = Read(path).Single();
        File.AppendAllText(path, "x");
        Assert.Contains("has changed", Refusal(() => sample.Shard.Read(sample.Members["json"])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("  A\u0000 cat\r\n sits.\t ", "A  cat \n sits.")]
    [InlineData(" \u0001 ", null)]
    public void Captions_are_made_fit_to_be_kept(string text, string? clean) => Assert.Equal(clean, CaptionText.Clean(text));

    [Fact]
    public void Half_of_a_character_is_marked_as_one_that_cannot_be_read() => Assert.Equal("\ufffd half", CaptionText.Clean("\ud800 half"));

    [Fact]
    public void A_very_long_caption_is_cut_between_characters()
        => Assert.Equal(CaptionText.Longest - 1, CaptionText.Clean($"x{string.Concat(Enumerable.Repeat("\U0001F415", 6000))}")!.Length);

    [Fact]
    public void Sources_are_whatever_of_the_engines_fields_is_there()
    {
        using var json = JsonDocument.Parse("""
            {"caption": "A dog.", "model_caption": "A dog.", "title": "Rex\u0000", "category": 7, "description": ["a", null],
             "frame_captions": [{"index": 0, "seconds": 1.5, "caption": "One"}, {"caption": "Two"}, "Three"],
             "scores": {"motion": 0.123456, "dark": true}, "human_caption": null, "other": "left out"}
            """);
        var sources = ReviewSource.Of(json.RootElement, "A dog.");
        Assert.Equal(["frame captions", "title", "description", "category", "scores"], sources.Select(source => source.Name));
        Assert.Equal(
            [new ReviewSourceLine("1.5 s", "One"), new ReviewSourceLine(null, "Two"), new ReviewSourceLine(null, "Three")],
            sources[0].Lines);
        Assert.Equal([new ReviewSourceLine(null, "a")], sources[2].Lines);
        Assert.Equal([new ReviewSourceLine("motion", "0.1235"), new ReviewSourceLine("dark", "true")], sources[4].Lines);
    }

    private static string Refusal(Func<object?> action) => Assert.Throws<UserErrorException>(() => { action(); }).Message;

    private List<ReviewSample> Read(string path) => [.. new ReviewSamples(faults).Read(ReviewSamples.Shard(path))];
}
