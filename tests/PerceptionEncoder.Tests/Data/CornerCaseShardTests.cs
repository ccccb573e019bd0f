using System.Text;
using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data;

/// <summary>Broken and unusual tars, found by listing the <c>expected.json</c> that says what is in them.</summary>
public class CornerCaseShardTests
{
    private const string Absent = "(absent)";
    private static readonly string Folder = Path.Combine(RepositoryPaths.Data, "image-corner-cases", "wds");
    private static readonly SourceOptions Jpeg = new() { Shards = Folder, Captions = ["txt"] };

    public static TheoryData<string> Tars
        => File.Exists(ExpectedPath)
            ? new TheoryData<string>(Expected().EnumerateObject().Select(tar => tar.Name))
            : new TheoryData<string>(Absent);

    private static string ExpectedPath => Path.Combine(Folder, "expected.json");

    [SkippableTheory]
    [MemberData(nameof(Tars))]
    public void A_tar_gives_the_samples_it_is_said_to_hold(string name)
    {
        Skip.If(name == Absent, $"{ExpectedPath} does not exist; set PE_DATA_DIR");
        var expected = Expected().GetProperty(name);
        var bad = new BadSamples();
        var samples = SampleReader.ReadShards([Path.Combine(Folder, name)], bad).ToArray();
        var complete = samples.Where(sample => sample.Members.ContainsKey("jpg") && sample.Members.ContainsKey("txt")).ToArray();

        Check(expected, "groups", samples.Length);
        Check(expected, "complete", complete.Length);
        Check(expected, "complete_with_jpg", complete.Length);
        Check(expected, "distinct_keys", samples.Select(sample => sample.Key).Distinct().Count());
        if (expected.TryGetProperty("key", out var key))
        {
            Assert.Contains(key.GetString(), samples.Select(sample => sample.Key));
        }

        if (expected.TryGetProperty("distinct_keys", out _))
        {
            Assert.Equal(1, bad.FaultsByReason[BadSamples.RepeatedMember]);
        }

        if (expected.TryGetProperty("invalid_utf8", out var invalid))
        {
            // Text in UTF-16 counts as invalid there; with its byte-order mark it is read here.
            Assert.Equal(
                Indices(invalid).Where(index => !samples[index].Members["txt"].Span.StartsWith(Encoding.Unicode.Preamble)),
                IndicesWithReason(samples, CaptionedImage.CaptionNotUtf8));
            Assert.Equal(Indices(expected.GetProperty("empty_or_blank")), IndicesWithReason(samples, CaptionedImage.MissingCaption));
        }
    }

    [SkippableTheory]
    [InlineData("truncated-in-data.tar", true)]
    [InlineData("truncated-in-header.tar", true)]
    [InlineData("bad-checksum.tar", true)]
    [InlineData("empty.tar", true)]
    [InlineData("zero-byte.tar", true)]
    [InlineData("no-end-blocks.tar", false)]
    [InlineData("good.tar.gz", false)]
    [InlineData("nested-dirs.tar", false)]
    public void Damage_is_reported_once_with_the_shard_and_only_where_there_is_some(string name, bool damaged)
    {
        var path = Path.Combine(Folder, name);
        Skip.IfNot(File.Exists(path), $"{path} does not exist; set PE_DATA_DIR");
        var bad = new BadSamples();
        var reported = new List<BadSample>();
        bad.Found += reported.Add;
        for (var pass = 0; pass < 2; pass++)
        {
            _ = SampleReader.ReadShards([path], bad).Count();
        }

        Assert.Equal(damaged ? [path] : [], reported.Select(fault => fault.Shard));
        Assert.All(reported, fault => Assert.Equal(BadSamples.DamagedShard, fault.Reason));
    }

    private static JsonElement Expected() => JsonDocument.Parse(File.ReadAllText(ExpectedPath)).RootElement;

    private static void Check(JsonElement expected, string property, int actual)
    {
        if (expected.TryGetProperty(property, out var value))
        {
            Assert.Equal(value.GetInt32(), actual);
        }
    }

    private static IEnumerable<int> Indices(JsonElement list) => list.EnumerateArray().Select(index => index.GetInt32());

    private static IEnumerable<int> IndicesWithReason(Sample[] samples, string reason)
        => samples.Index().Where(item => ReasonOf(item.Item) == reason).Select(item => item.Index);

    private static string? ReasonOf(Sample sample)
    {
        try
        {
            CaptionedImage.From(sample, Jpeg);
            return null;
        }
        catch (BadSampleException unusable)
        {
            return unusable.Reason;
        }
    }
}
