using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tests.Tools.Features;
using PerceptionEncoder.Tools.Inspection;

namespace PerceptionEncoder.Tests.Tools.Inspection;

public sealed class DataInspectionTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pairs_are_counted_measured_and_compared()
    {
        var shard = Shard(
            "a.tar",
            ("0", [Jpeg(40, 30, 1), Text("txt", " A red  circle ")]),
            ("1", [Jpeg(30, 40, 2), Text("txt", "a RED circle")]),
            ("2", [Jpeg(40, 30, 1), Text("txt", "собака бежит"), Text("json", """{"url": "u", "width": 40, "title": "t"}""")]),
            ("3", [("png", PngEncoder.Encode(TestImages.Noise(64, 64, 3, 3))), Text("txt", "犬が走る")]));
        var report = Inspect(shard);
        Assert.Equal((4L, 0L, 1), (report.Samples, report.Bad, report.ShardCount));
        Assert.Equal([("image", 4L)], Names(report.Kinds));
        Assert.Equal([("jpeg", 3L), ("png", 1L)], Names(report.Formats));
        Assert.Equal([("40x30", 2L), ("30x40", 1L), ("64x64", 1L)], Names(report.Resolutions));
        Assert.Equal((30.0, 64.0), (report.ShortSide!.Least, report.ShortSide.Most));
        Assert.Equal([("jpg", 3L), ("json", 1L), ("png", 1L), ("txt", 4L)], Names(report.Members).Order());
        Assert.Equal(
            [("title (a text)", 1L), ("url (a text)", 1L), ("width (a number)", 1L)],
            Names(report.Fields).Order());
        Assert.Equal(["txt", "json.title"], report.Captions.Select(text => text.Place));
        Assert.Equal((4L, 0L, 13.0), (report.Captions[0].Samples, report.Captions[0].Blank, report.Captions[0].Characters!.Most));
        Assert.Equal([("Latin", 2L), ("Cyrillic", 1L), ("Kana and Han", 1L)], Names(report.Captions[0].Scripts));
        Assert.Equal((1L, 1L), (report.SameContent.Groups, report.SameContent.Extra));
        Assert.Equal(["0", "2"], report.SameContent.Largest[0].Members.Select(member => member.Key));
        Assert.Equal(["0", "1"], Assert.Single(report.SameCaption.Largest).Members.Select(member => member.Key));
        Assert.Equal(0, report.SameKey.Groups);
        Assert.Null(report.Captions[0].Tokens);
        Assert.Null(report.Seconds);
    }

    [Fact]
    public void What_cannot_be_used_is_counted_by_reason_and_each_sample_once()
    {
        var whole = JpegEncoder.Encode(TestImages.Noise(40, 30, 3, 1));
        var shard = Shard(
            "bad.tar",
            ("0", [("jpg", whole), Text("txt", "fine")]),
            ("1", [("jpg", whole.AsMemory(0, whole.Length / 2)), Text("txt", "cut")]),
            ("2", [Text("jpg", "no picture at all"), ("txt", (byte[])[0xFF, 0xC3, 0x28])]),
            ("3", [("jpg", whole), Text("txt", "  \n ")]),
            ("4", [Text("txt", "no picture")]),
            ("5", [("jpg", whole), Text("json", "{broken")]),
            ("6", [("jpg", ReadOnlyMemory<byte>.Empty), Text("txt", "empty")]),
            ("7", [Text("cls", "3")]),
            ("8", [("mp4", ReadOnlyMemory<byte>.Empty), Text("txt", "empty clip")]));
        File.WriteAllBytes(folder.PathOf("cut.tar"), File.ReadAllBytes(shard)[..700]);
        var report = Inspect(shard, folder.PathOf("cut.tar"));
        Assert.Equal((9L, 8L), (report.Samples, report.Bad));
        Assert.Equal(
            [
                ("caption is not UTF-8", 1L, true), ("damaged JSON", 1L, true), ("damaged shard", 1L, false), ("empty file", 2L, true),
                ("missing caption", 1L, true), ("missing image or clip", 1L, true), ("neither picture nor caption", 1L, true),
                ("not an image", 1L, true), ("truncated image", 1L, true),
            ],
            report.Problems.Select(problem => (problem.Reason, problem.Count, problem.IsLeftOut)).OrderBy(problem => problem.Reason));
        var cut = report.Problems.Single(problem => problem.Reason == "truncated image");
        Assert.Equal(new InspectedSample(shard, "1"), Assert.Single(cut.Examples).Sample);
    }

    [Fact]
    public void A_set_of_labels_or_of_texts_is_not_missing_what_it_never_has()
    {
        var labels = Shard("labels.tar", ("0", [Jpeg(8, 8, 1), Text("cls", "1")]), ("1", [Jpeg(8, 8, 2), Text("cls", "0")]));
        Assert.Equal(0, Inspect(labels).Bad);
        var texts = Shard("texts.tar", ("0", [Text("txt", "one")]), ("1", [Text("txt", "")]));
        var report = Inspect(texts);
        Assert.Equal((1L, 1L), (report.Bad, report.Captions[0].Blank));
        Assert.Equal([("text", 2L)], Names(report.Kinds));
        File.WriteAllText(folder.PathOf("lines.jsonl"), """
            {"caption": "one"}
            {"caption": "two", "frame_captions": [{"index": 0, "caption": "a dog"}, {"index": 5, "caption": "a cat"}]}
            """);
        report = Inspect(folder.PathOf("lines.jsonl"));
        Assert.Equal((2L, 0L), (report.Samples, report.Bad));
        Assert.Equal(2, report.Captions.Single(text => text.Place == "json.frame_captions").Characters!.Count);
    }

    [Fact]
    public void Captions_are_looked_for_where_they_are_said_to_be_and_counted_in_tokens()
    {
        var shard = Shard(
            "pvd.tar",
            ("0", [Jpeg(8, 8, 1), Text("json", """{"human_caption": "abc", "model_caption": "abcd", "title": "", "deep": {"x": "12"}}""")]),
            ("1", [Jpeg(8, 8, 2), Text("json", """{"human_caption": null, "model_caption": "ab", "title": "t", "deep": {}}""")]));
        var report = Inspect(shard);
        Assert.Equal(
            [("json.human_caption", 1L), ("json.model_caption", 2L), ("json.title", 1L)],
            report.Captions.Select(text => (text.Place, text.Samples)));
        Assert.Equal(0, report.Bad);
        report = new DataInspection(new InspectionOptions
        {
            Shards = [shard],
            Captions = ["json.deep.x", "json.human_caption"],
            Tokenizer = new LetterTokenizer(),
        }).Run();
        Assert.Equal(["json.deep.x", "json.human_caption"], report.Captions.Select(text => text.Place));
        Assert.Equal(1, report.Bad);
        Assert.Equal((4.0, 5.0), (report.Captions[0].Tokens!.Most, report.Captions[1].Tokens!.Most));
    }

    [Fact]
    public void Damaged_json_leaves_a_sample_out_only_where_its_captions_are_there()
    {
        var shard = Shard("beside.tar", ("0", [Jpeg(8, 8, 1), Text("txt", "a dog"), Text("json", "{")]));
        Assert.Equal(("damaged JSON", true), Problem(null));
        Assert.Equal(("damaged JSON", true), Problem(["txt", "json.caption"]));
        Assert.Equal(("damaged JSON, not read for texts", false), Problem(["txt"]));

        (string, bool) Problem(IReadOnlyList<string>? captions)
        {
            var options = new InspectionOptions { Shards = [shard], Captions = captions };
            return new DataInspection(options).Run().Problems.Select(problem => (problem.Reason, problem.IsLeftOut)).Single();
        }
    }

    [Fact]
    public void Clips_and_stored_frames_are_measured_without_a_decoder()
    {
        var clip = QuickTimeFile.Encode([.. Enumerable.Range(0, 6).Select(seed => TestImages.Noise(20, 10, 3, (ulong)seed))], 4);
        var shard = Shard(
            "clips.tar",
            ("0", [("mov", clip), Text("txt", "a clip")]),
            ("1", [Frame(0, 5), Frame(1, 6), Frame(2, 7), Text("txt", "frames")]));
        var report = Inspect(shard);
        Assert.Equal([("clip", 1L), ("stored_frames", 1L)], Names(report.Kinds));
        Assert.Equal([("jpeg", 1L), ("png", 1L)], Names(report.Formats));
        Assert.Equal((1.5, 4.0), (report.Seconds!.Sum, report.FrameRate!.Median));
        Assert.Equal((3.0, 6.0), (report.Frames!.Least, report.Frames.Most));
        Assert.Equal([("frameNN.jpg", 1L), ("mov", 1L), ("txt", 2L)], Names(report.Members).Order());
        Assert.Equal((0L, 0L), (report.Bad, report.SameContent.Extra));

        static (string, ReadOnlyMemory<byte>) Frame(int index, ulong seed)
            => (FrameMembers.Extension(index, "jpg"), JpegEncoder.Encode(TestImages.Noise(20, 10, 3, seed)));
    }

    [Fact]
    public void The_report_does_not_depend_on_the_number_of_threads_and_its_page_has_all_of_it()
    {
        var shard = Shard("many.tar", [.. Enumerable.Range(0, 700).Select(i => (
            $"{i:D4}",
            ((string, ReadOnlyMemory<byte>)[])[Jpeg(8 + (i % 600 % 9), 8, (ulong)(i % 600)), Text("txt", $"caption {i % 650}")]))]);
        var one = Run(1);
        Assert.Equal(Json(one), Json(Run(3)));
        Assert.Equal(24, one.Pictures.Count);
        Assert.Equal((100L, 50L), (one.SameContent.Extra, one.SameCaption.Extra));
        one.WritePage(folder.PathOf("page.html"));
        var page = File.ReadAllText(folder.PathOf("page.html"));
        Assert.Equal(24, page.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("What comes more than once", page, StringComparison.Ordinal);

        InspectionReport Run(int workers) => new DataInspection(new InspectionOptions { Shards = [shard], Workers = workers }).Run();

        static string Json(InspectionReport report) => JsonSerializer.Serialize(report);
    }

    [Fact]
    public void Text_of_others_stays_text_on_the_page()
    {
        var evil = "<script>alert(1)</script>\u202e\u0000\ud800";
        var shard = Shard(
            "evil.tar",
            ("0", [Jpeg(8, 8, 1), Text("json", JsonSerializer.Serialize(new { caption = evil }))]),
            ("1", [Jpeg(8, 8, 1), Text("json", JsonSerializer.Serialize(new { caption = evil }))]));
        Inspect(shard).WritePage(folder.PathOf("evil.html"));
        var page = File.ReadAllText(folder.PathOf("evil.html"));
        Assert.Contains("&lt;script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_that_are_not_there_or_hold_nothing_are_one_line()
    {
        File.WriteAllBytes(folder.PathOf("empty.tar"), new byte[1024]);
        foreach (var path in new[] { folder.PathOf("gone.tar"), folder.PathOf("empty.tar"), folder.PathOf("{0..") })
        {
            Assert.Single(Assert.Throws<UserErrorException>(() => Inspect(path)).Lines);
        }
    }

    [SkippableFact]
    public void The_shared_clips_are_what_their_own_json_says()
    {
        var path = Path.Combine(RepositoryPaths.Data, "videos");
        Skip.IfNot(Directory.Exists(path), $"{path} does not exist; set PE_DATA_DIR");
        GeneratedClip.SkipWithoutFFmpeg();
        var report = Inspect(path);
        var said = SampleReader.ReadShards(ShardOrder.Find(path), new BadSamples())
            .Select(sample => JsonDocument.Parse(sample.Members["json"]).RootElement).ToArray();
        Assert.Equal((said.Length, 0L), ((int)report.Samples, report.Bad));
        Assert.Equal(
            said.CountBy(each => each.GetProperty("codec").GetString()!).Select(pair => (pair.Key, (long)pair.Value)).Order(),
            Names(report.Formats).Order());
        Assert.Equal(
            said.Select(each => each.GetProperty("height").GetInt32()).Order(),
            report.Resolutions.SelectMany(size => Enumerable.Repeat(int.Parse(size.Name.Split('x')[1]), (int)size.Samples)).Order());
        Assert.InRange(report.Seconds!.Sum, 0.98 * Sum("duration"), 1.02 * Sum("duration"));
        Assert.InRange(report.Frames!.Sum, 0.98 * Sum("num_frames"), 1.02 * Sum("num_frames"));
        Assert.All(report.Pictures, card => Assert.NotNull(card.Jpeg));

        double Sum(string name) => said.Sum(each => each.GetProperty(name).GetDouble());
    }

    private static InspectionReport Inspect(params string[] shards) => new DataInspection(new InspectionOptions { Shards = shards }).Run();

    private static IEnumerable<(string Name, long Samples)> Names(IEnumerable<InspectedCount> counts)
        => counts.Select(count => (count.Name, count.Samples));

    private static (string Extension, ReadOnlyMemory<byte> Data) Jpeg(int width, int height, ulong seed)
        => ("jpg", JpegEncoder.Encode(TestImages.Noise(width, height, 3, seed)));

    private static (string Extension, ReadOnlyMemory<byte> Data) Text(string extension, string text) => ShardFolder.Member(extension, text);

    private string Shard(string name, params (string Key, (string, ReadOnlyMemory<byte>)[] Members)[] samples)
    {
        using var writer = new ShardWriter(folder.PathOf(name));
        foreach (var (key, members) in samples)
        {
            writer.Write(key, members);
        }

        return folder.PathOf(name);
    }
}
