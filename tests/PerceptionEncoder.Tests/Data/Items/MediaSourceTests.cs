using System.Text;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tests.Data.Items;

public sealed class MediaSourceTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_gives_its_files_of_the_kind_in_ordinal_order_of_their_paths()
    {
        Touch("b.jpg", "a/z.PNG", "a.b/x.gif", "a/deep/y.webp", "B.jpeg", "notes.txt", "clip.mp4", ".hidden.jpg", "a/._z.PNG");
        Assert.Equal(["B.jpeg", "a.b/x.gif", "a/deep/y.webp", "a/z.PNG", "b.jpg"], Keys(MediaKind.Image, folder.Root));
        Assert.Equal(["clip.mp4"], Keys(MediaKind.Video, folder.Root));
    }

    [SkippableFact]
    public void Links_are_followed_but_not_round_in_a_circle()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "symbolic links need rights elsewhere");
        Touch("root/a/x.jpg", "other/y.jpg");
        Directory.CreateSymbolicLink(folder.PathOf("root/other"), folder.PathOf("other"));
        Directory.CreateSymbolicLink(folder.PathOf("root/a/up"), folder.PathOf("root"));
        Directory.CreateSymbolicLink(folder.PathOf("other/back"), folder.PathOf("root"));
        File.CreateSymbolicLink(folder.PathOf("root/gone.jpg"), folder.PathOf("nowhere.jpg"));
        Directory.CreateSymbolicLink(folder.PathOf("entry"), folder.PathOf("root"));
        Assert.Equal(["root/a/x.jpg", "root/gone.jpg", "root/other/y.jpg"], Keys(MediaKind.Image, folder.PathOf("root")));
        Assert.Equal(["entry/a/x.jpg", "entry/gone.jpg", "entry/other/y.jpg"], Keys(MediaKind.Image, folder.PathOf("entry")));
        var gone = new MediaSource(MediaKind.Image, [folder.PathOf("root")]).Read()
            .Single(item => item.Key.EndsWith("gone.jpg", StringComparison.Ordinal));
        Assert.Equal(MediaItem.UnreadableFile, Assert.Throws<BadSampleException>(() => gone.ReadBytes()).Reason);
    }

    [Theory]
    [InlineData("@", "list.any", "")]
    [InlineData("", "list.txt", "")]
    [InlineData("", "list.tsv", "\tlabel")]
    public void A_list_gives_the_paths_of_its_lines(string mark, string name, string behind)
    {
        Touch("b.jpg", "a.jpg");
        var shard = folder.AddShard("s.tar", "k0", "k1");
        File.WriteAllText(
            folder.PathOf(name),
            $"{folder.PathOf("b.jpg")}{behind}\r\n\n{shard}\n{folder.PathOf("absent.jpg")}\n{folder.PathOf("a.jpg")}");
        Assert.Equal(["b.jpg", "k0", "k1", "absent.jpg", "a.jpg"], Keys(MediaKind.Image, mark + folder.PathOf(name)));
    }

    [Fact]
    public void A_table_gives_the_files_of_its_paths_or_the_texts_of_its_captions_by_their_ids()
    {
        Touch("b.jpg", "a.jpg");
        File.WriteAllText(folder.PathOf("t.csv"), "id,image,caption\nfirst,b.jpg,one\n,a.jpg,\"[\"\"two\"\", \"\"three\"\"]\"\nlast,,\n");
        var images = new MediaSource(MediaKind.Image, [folder.PathOf("t.csv")]).Read().ToArray();
        Assert.Equal(["first", folder.PathOf("a.jpg"), $"{folder.PathOf("t.csv")}:4"], images.Select(item => item.Key));
        Assert.Equal([folder.PathOf("b.jpg"), folder.PathOf("a.jpg"), null], images.Select(item => item.Path));
        Assert.Equal("missing path", Assert.Throws<BadSampleException>(() => images[2].ReadBytes()).Reason);
        Assert.Equal(2, new MediaSource(MediaKind.Image, [folder.PathOf("t.csv")]).Read(skip: 1).Count());
        var texts = new MediaSource(MediaKind.Text, [folder.PathOf("t.csv")]).Read().ToArray();
        string[] lines = [.. new[] { 3, 3, 4 }.Select(line => $"{folder.PathOf("t.csv")}:{line}")];
        Assert.Equal(["first", .. lines], texts.Select(item => item.Key));
        Assert.Equal(["one", "two", "three"], texts[..3].Select(item => item.ReadText()));
        File.WriteAllText(folder.PathOf("u.jsonl"), "{\"width\": 3}\n");
        Assert.Contains(
            "is named as paths are",
            Assert.Throws<UserErrorException>(() => new MediaSource(MediaKind.Image, [folder.PathOf("u.jsonl")]).Read().ToList()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_a_list_is_one_path_literally()
    {
        string[] names =
        [
            "--batch 7.jpg", "two  blanks .jpg", "\"quoted\".jpg", "# no comment.jpg", "a,b\ttab.jpg", "größer.jpg", "{0..9}*.jpg",
            " first.jpg",
        ];
        Touch(names);
        File.WriteAllText(folder.PathOf("list"), string.Join('\n', names.Select(folder.PathOf)), Encoding.Unicode);
        Assert.Equal(names, Keys(MediaKind.Image, "@" + folder.PathOf("list")));
        Assert.All(new MediaSource(MediaKind.Image, ["@" + folder.PathOf("list")]).Read(), item => Assert.False(item.ReadBytes().IsEmpty));
    }

    [Fact]
    public void A_list_in_another_encoding_is_refused_with_its_line()
    {
        File.WriteAllBytes(folder.PathOf("list"), Encoding.Latin1.GetBytes("a.jpg\ngrößer.jpg\n"));
        AssertNames(
            $"{folder.PathOf("list")}:2: not UTF-8",
            () => _ = new MediaSource(MediaKind.Image, ["@" + folder.PathOf("list")]).Read().Count());
    }

    [Fact]
    public void Other_names_of_the_same_formats_are_read_and_files_passed_over_are_counted_aloud()
    {
        Touch("in/a.jfif", "in/b.JPE", "in/c.tif", "in/deep/d.tif", "in/e.heic", "in/f");
        var source = new MediaSource(MediaKind.Image, [folder.PathOf("in")]);
        var reported = new List<BadSample>();
        source.Faults.Found += reported.Add;
        source.Fingerprint();
        Assert.Equal(["a.jfif", "b.JPE"], source.Read().Select(item => Path.GetFileName(item.Key)));
        var fault = Assert.Single(reported);
        Assert.Equal(
            (BadSamples.PassedOver, folder.PathOf("in"), "2 .tif, 1 without ending, 1 .heic"),
            (fault.Reason, fault.Shard, fault.Detail));
        AssertNames("but 2 .tif", () => _ = new MediaSource(MediaKind.Video, [folder.PathOf("in")]).Read().Count());
    }

    [SkippableFact]
    public void What_is_no_regular_file_is_empty_and_never_waited_for()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "devices and pipes are files on Linux");
        File.CreateSymbolicLink(folder.PathOf("zero.jpg"), "/dev/zero");
        File.CreateSymbolicLink(folder.PathOf("log.jpg"), "/proc/kmsg");
        using (var make = System.Diagnostics.Process.Start("mkfifo", [folder.PathOf("pipe.jpg")]))
        {
            make.WaitForExit();
        }

        File.CreateSymbolicLink(folder.PathOf("texts.txt"), folder.PathOf("pipe.jpg"));
        Assert.All(new MediaSource(MediaKind.Image, [folder.Root]).Read(), item => Assert.True(item.ReadBytes().IsEmpty));
        Assert.Empty(new MediaSource(MediaKind.Text, [folder.PathOf("texts.txt")]).Read());
    }

    [Fact]
    public void An_address_is_refused_without_its_password()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => new MediaSource(MediaKind.Image, ["ftp://me:secret@host/x.tar?token=secret"]));
        Assert.StartsWith("ftp://host...: of addresses, only shards are read", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_give_the_member_of_the_kind_whatever_else_a_sample_has()
    {
        using (var writer = new ShardWriter(folder.PathOf("s-0.tar")))
        {
            writer.Write("both", ShardFolder.Member("json", "{}"), ShardFolder.Member("jpg", "image"), ShardFolder.Member("mp4", "clip"));
            writer.Write("neither", ShardFolder.Member("json", "{}"));
        }

        folder.AddShard("s-1.tar", "k");
        MediaItem[] items = [.. new MediaSource(MediaKind.Image, [folder.PathOf("s-{0..1}.tar")]).Read()];
        Assert.Equal(["both", "neither", "k"], items.Select(item => item.Key));
        Assert.Equal("image", Encoding.UTF8.GetString(items[0].ReadBytes().Span));
        Assert.Equal("missing image", Assert.Throws<BadSampleException>(() => items[1].ReadBytes()).Reason);
        var clip = new MediaSource(MediaKind.Video, [folder.PathOf("s-0.tar")]).Read().First();
        Assert.Equal("clip", Encoding.UTF8.GetString(clip.ReadBytes().Span));
        Assert.Equal((null, folder.PathOf("s-0.tar")), (clip.Path, clip.Shard));
    }

    [Fact]
    public void A_member_with_a_name_of_its_own_is_read_where_there_is_none_of_the_plain_name()
    {
        using (var writer = new ShardWriter(folder.PathOf("s.tar")))
        {
            writer.Write(
                "compound",
                ShardFolder.Member("txt", "a dog"),
                ShardFolder.Member("image.jpg", "image"),
                ShardFolder.Member("seg.png", "mask"));
            writer.Write("both", ShardFolder.Member("input.jpg", "input"), ShardFolder.Member("jpg", "image"));
        }

        using (var writer = new ShardWriter(folder.PathOf("t.tar")))
        {
            writer.Write("image", ShardFolder.Member("jpg", "image"));
        }

        MediaItem[] items = [.. new MediaSource(MediaKind.Image, [folder.PathOf("s.tar"), folder.PathOf("t.tar")]).Read()];
        Assert.Equal(["compound", "both", "image"], items.Select(item => item.Key));
        Assert.All(items, item => Assert.Equal("image", Encoding.UTF8.GetString(item.ReadBytes().Span)));
    }

    [Fact]
    public void A_text_file_gives_a_text_a_line_and_a_shard_a_caption_a_sample()
    {
        File.WriteAllBytes(folder.PathOf("t.txt"), [.. Encoding.UTF8.Preamble, .. "größer\r\n\n  \nlast"u8, (byte)'\n', 0xFF, 0xFE]);
        using (var writer = new ShardWriter(folder.PathOf("s.tar")))
        {
            writer.Write("plain", ShardFolder.Member("txt", " a dog \n"));
            writer.Write("field", ShardFolder.Member("json", """{"caption": "a cat"}"""));
            writer.Write("none", ShardFolder.Member("jpg", "image"));
        }

        MediaItem[] items = [.. new MediaSource(MediaKind.Text, [folder.PathOf("t.txt"), folder.PathOf("s.tar")]).Read()];
        var file = folder.PathOf("t.txt");
        Assert.Equal([$"{file}:1", $"{file}:4", $"{file}:5", "plain", "field", "none"], items.Select(item => item.Key));
        Assert.Equal(["größer", "last", "a dog", "a cat"], new[] { 0, 1, 3, 4 }.Select(i => items[i].ReadText()));
        Assert.Equal(CaptionedImage.CaptionNotUtf8, Assert.Throws<BadSampleException>(() => items[2].ReadText()).Reason);
        Assert.Equal(CaptionedImage.MissingCaption, Assert.Throws<BadSampleException>(() => items[5].ReadText()).Reason);
    }

    [Fact]
    public void Passing_over_items_gives_the_rest_wherever_it_begins()
    {
        Touch("in/b.jpg", "in/a.jpg", "c.jpg");
        folder.AddShard("in/s.tar", "k0", "k1", "k2");
        folder.AddShard("in/empty.tar");
        File.WriteAllText(folder.PathOf("list"), $"{folder.PathOf("c.jpg")}\n{folder.PathOf("in/s.tar")}\n");
        var source = new MediaSource(MediaKind.Image, [folder.PathOf("in"), "@" + folder.PathOf("list"), folder.PathOf("c.jpg")]);
        string[] all = [.. source.Read().Select(item => item.Key)];
        Assert.Equal(2 + 3 + 1 + 3 + 1, all.Length);
        Assert.All(Enumerable.Range(0, all.Length + 2), skip => Assert.Equal(all.Skip(skip), source.Read(skip).Select(item => item.Key)));

        File.WriteAllText(folder.PathOf("t.txt"), "a\n\nb\nc\n");
        var texts = new MediaSource(MediaKind.Text, [folder.PathOf("t.txt"), folder.PathOf("t.txt")]);
        Assert.Equal(["c", "a", "b", "c"], texts.Read(2).Select(item => item.ReadText()));
    }

    [Fact]
    public void Damage_of_a_shard_is_reported_and_what_comes_before_is_used()
    {
        var shard = folder.AddShard("s.tar", "k0", "k1");
        using (var stream = new FileStream(shard, FileMode.Open))
        {
            stream.SetLength(512 * 5);
        }

        var source = new MediaSource(MediaKind.Image, [shard]);
        Assert.Equal(["k0"], source.Read().Select(item => item.Key));
        Assert.Equal(1, source.Faults.FaultsByReason[BadSamples.DamagedShard]);
    }

    [Fact]
    public void The_fingerprint_changes_with_what_there_is_to_read_and_with_nothing_else()
    {
        Touch("in/a.jpg");
        File.WriteAllText(folder.PathOf("list.txt"), "x.jpg\n");
        string[] inputs = [folder.PathOf("in"), folder.PathOf("list.txt")];
        var seen = new List<string> { Fingerprint() };
        Assert.Equal(seen[0], Fingerprint());
        File.WriteAllText(folder.PathOf("in/notes.txt"), "not an image");
        Assert.Equal(seen[0], Fingerprint());
        Touch("in/b.jpg");
        seen.Add(Fingerprint());
        File.AppendAllText(folder.PathOf("in/b.jpg"), "more");
        seen.Add(Fingerprint());
        File.WriteAllText(folder.PathOf("list.txt"), "y.jpg\n");
        seen.Add(Fingerprint());
        Array.Reverse(inputs);
        seen.Add(Fingerprint());
        Assert.Equal(seen.Count, seen.Distinct().Count());

        string Fingerprint() => _ = new MediaSource(MediaKind.Image, inputs).Fingerprint();
    }

    [Fact]
    public void What_is_missing_is_named_in_one_line()
    {
        Touch("empty/notes.md");
        AssertNames("absent.jpg", () => _ = new MediaSource(MediaKind.Image, [folder.PathOf("absent.jpg")]));
        AssertNames("absent", () => _ = new MediaSource(MediaKind.Image, ["@" + folder.PathOf("absent")]));
        AssertNames("s-3.tar", () => _ = new MediaSource(MediaKind.Image, [folder.PathOf("s-{3..4}.tar")]));
        AssertNames("empty", () => _ = new MediaSource(MediaKind.Image, [folder.PathOf("empty")]).Read().Count());
        AssertNames("no input", () => _ = new MediaSource(MediaKind.Image, []));
    }

    private static void AssertNames(string part, Action act)
    {
        var failure = Assert.Throws<UserErrorException>(act);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private string[] Keys(MediaKind kind, string input)
        => [.. new MediaSource(kind, [input]).Read().Select(
            item => item.Key.StartsWith(folder.Root, StringComparison.Ordinal) ? Path.GetRelativePath(folder.Root, item.Key) : item.Key)];

    private void Touch(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.PathOf(name))!);
            File.WriteAllText(folder.PathOf(name), name);
        }
    }
}
