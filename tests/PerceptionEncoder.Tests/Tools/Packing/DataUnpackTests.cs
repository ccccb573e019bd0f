using System.Formats.Tar;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tests.Tools.Packing;

public sealed class DataUnpackTests : IDisposable
{
    private readonly OwnData own = new();

    public void Dispose() => own.Dispose();

    [Theory]
    [InlineData(TableFormat.Csv)]
    [InlineData(TableFormat.Jsonl)]
    [InlineData(TableFormat.Parquet)]
    public void Packing_what_was_unpacked_gives_the_same_shards(TableFormat format)
    {
        for (var i = 0; i < 6; i++)
        {
            own.Picture($"img/{i}.jpg");
        }

        var table = own.Text(
            "t.jsonl",
            """{"path": "img/0.jpg", "id": "x.0", "caption": "one", "label": "dog", "n": 5, "title": "T", "part": "train"}""",
            """{"path": "img/1.jpg", "id": "x/1", "caption": ["one", "two\nlines"], "label": "cat", "deep": {"a": [1]}, "part": "test"}""",
            """{"path": "img/2.jpg", "id": "2", "caption": "[\"not\"] a list", "label": "cat", "s": "5", "part": "train"}""",
            """{"path": "img/3.jpg", "id": "3", "caption": " blanks, \"quotes\" ", "label": "ant", "s": "ü", "n": 1.5, "part": "train"}""",
            """{"path": "img/4.jpg", "id": "4", "caption": "[in brackets]", "label": "dog", "b": true, "part": "test"}""");
        own.Pack(new PackOptions { Input = table, Output = own.At("out"), SplitColumn = "part" });
        var summary = Unpack(own.At("out"), own.At("files"), format);
        Assert.Equal((5L, 0L), (summary.Samples, summary.LeftOut));
        Assert.Equal(["test", "train"], summary.Splits);
        own.Pack(new PackOptions { Input = summary.Table, Output = own.At("again"), SplitColumn = "split" });
        Assert.Equal(Shards("out"), Shards("again").Order(StringComparer.Ordinal));

        // The folder as input finds the table in it; without parts, from one part alone.
        var part = Unpack(own.At("out/test"), own.At("part"), format);
        Assert.Equal(2, part.Samples);
        own.Pack(new PackOptions { Input = own.At("part"), Output = own.At("part-again") });
        Assert.Equal(OwnData.Samples(own.At("out/test")), OwnData.Samples(own.At("part-again/train")));
    }

    [Fact]
    public void Shards_of_others_come_back_with_the_same_samples()
    {
        using (var writer = new ShardWriter(own.At("s.tar")))
        {
            var picture = (ReadOnlyMemory<byte>)JpegEncoder.Encode(TestImages.Noise(8, 8, 3, 1));
            foreach (var (key, json) in new[]
            {
                ("000", """{"caption":"a","key":"000","url":"u","w":3}"""),
                ("001", """{"caption":"b","key":"001","label":"cat","x":null}"""),
            })
            {
                writer.Write(key, ("jpg", picture), ShardFolder.Member("txt", $"text {key}"), ShardFolder.Member("json", json));
            }

            writer.Write("words", ShardFolder.Member("txt", "no picture"));
        }

        var summary = Unpack(own.At("s.tar"), own.At("files"), TableFormat.Csv);
        Assert.Equal((2L, 1L), (summary.Samples, summary.LeftOut));
        own.Pack(new PackOptions { Input = own.At("files"), Output = own.At("again") });
        Assert.Equal(OwnData.Samples(own.At("s.tar"))[..2], OwnData.Samples(own.At("again/train")));
    }

    [Theory]
    [InlineData("../evil.jpg")]
    [InlineData("a/../../evil.jpg")]
    [InlineData("/tmp/evil.jpg")]
    public void A_key_that_leads_out_of_the_folder_is_refused(string name)
    {
        WriteTar(name);
        var failure = Assert.Throws<UserErrorException>(() => Unpack(own.At("s.tar"), own.At("deep/files"), TableFormat.Csv));
        Assert.Contains("leads out of", Assert.Single(failure.Lines), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(own.Root, "evil*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Keys_that_begin_in_the_folder_itself_are_those_without_it_and_repeated_ones_get_a_number()
    {
        WriteTar("./a.jpg", "./b.jpg", "a.jpg");
        var summary = Unpack(own.At("s.tar"), own.At("files"), TableFormat.Csv);
        Assert.Equal((3L, 1L), (summary.Samples, summary.Renamed));
        Assert.Equal(
            ["a.jpg", "a~2.jpg", "b.jpg", "table.csv"],
            Directory.GetFiles(own.At("files")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_with_something_in_it_and_shards_that_are_not_there_are_one_line()
    {
        WriteTar("a.jpg");
        own.Text("files/x", "y");
        foreach (var (shards, output) in new[] { ("s.tar", "files"), ("gone", "out"), ("files", "out") })
        {
            Assert.Single(Assert.Throws<UserErrorException>(() => Unpack(own.At(shards), own.At(output), TableFormat.Csv)).Lines);
        }
    }

    private UnpackSummary Unpack(string shards, string output, TableFormat format)
        => new DataUnpack(new UnpackOptions { Shards = shards, Output = output, Format = format }).Run(own.Log.Add);

    private IEnumerable<string> Shards(string folder)
        => OwnData.Files(own.At(folder)).Where(file => !file.StartsWith(PackJournal.FileName, StringComparison.Ordinal));

    private void WriteTar(params string[] names)
    {
        using var tar = new TarWriter(File.Create(own.At("s.tar")), TarEntryFormat.Gnu);
        foreach (var name in names)
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(JpegEncoder.Encode(TestImages.Noise(8, 8, 3, 1))),
            });
        }
    }
}
