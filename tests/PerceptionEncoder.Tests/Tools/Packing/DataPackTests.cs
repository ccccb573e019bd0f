using System.Text;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tests.Tools.Packing;

public sealed class DataPackTests : IDisposable
{
    private readonly OwnData own = new();

    public void Dispose() => own.Dispose();

    [Fact]
    public void A_table_becomes_shards_with_captions_metadata_and_the_files_untouched()
    {
        var (one, two) = (own.Picture("img/one.jpg"), own.Picture("img/Two.JPG"));
        var table = own.Text(
            "pairs.csv", "image,caption,author,year", "img/one.jpg,\"a cat,\nasleep\",\"Ann \"\"A\"\"\",1999", "img/Two.JPG,a dog,,07");
        var summary = own.Pack(new PackOptions { Input = table, Output = own.At("out") });
        Assert.Equal((2L, 2L, 0L, true), (summary.Rows, summary.Samples, summary.Bad, summary.HasCaptions));
        Assert.Contains("CSV table; paths from 'image'; captions from 'caption'; no labels", own.Log[0], StringComparison.Ordinal);
        var samples = SampleReader.ReadShards(ShardOrder.Find(own.At("out/train")), new BadSamples()).ToArray();
        Assert.Equal(["img/one", "img/Two"], samples.Select(sample => sample.Key));
        Assert.Equal(File.ReadAllBytes(one), samples[0].Members["jpg"].ToArray());
        Assert.Equal(File.ReadAllBytes(two), samples[1].Members["jpg"].ToArray());
        Assert.Equal("a cat,\nasleep", Encoding.UTF8.GetString(samples[0].Members["txt"].Span));
        Assert.Equal("""{"author":"Ann \"A\"","year":"1999"}""", Encoding.UTF8.GetString(samples[0].Members["json"].Span));
        Assert.Equal("""{"year":"07"}""", Encoding.UTF8.GetString(samples[1].Members["json"].Span));
        Assert.Equal("a dog", CaptionedImage.From(samples[1], new SourceOptions { Shards = "" }).Caption);
    }

    [Fact]
    public void Class_folders_become_labels_names_and_prompts_in_mixed_order()
    {
        foreach (var name in new[] { "dog", "ant", "cat" })
        {
            for (var i = 0; i < 8; i++)
            {
                own.Picture($"set/{name}/{i}.jpg");
            }
        }

        Directory.CreateDirectory(own.At("set/__MACOSX"));
        var summary = own.Pack(new PackOptions { Input = own.At("set"), Output = own.At("out") });
        Assert.Equal((24L, 3), (summary.Samples, summary.Classes));
        Assert.Equal(["ant", "cat", "dog"], File.ReadAllLines(own.At("out/classnames.txt")));
        Assert.Equal(["a photo of a {c}."], File.ReadAllLines(own.At("out/zeroshot_classification_templates.txt")));
        Assert.Equal("1\n", File.ReadAllText(own.At("out/train/nshards.txt")));
        var samples = OwnData.Samples(own.At("out/train"));
        Assert.All(samples, sample => Assert.Contains(
            $"cls {Array.IndexOf(["ant", "cat", "dog"], sample.Split('/')[0])}; jpg ", sample, StringComparison.Ordinal));
        Assert.NotEqual(samples.Order(StringComparer.Ordinal), samples);
        Assert.Contains(own.Log, line => line.Contains("__MACOSX", StringComparison.Ordinal));
    }

    [Fact]
    public void Class_folders_in_folders_of_parts_keep_their_parts()
    {
        own.Picture("set/train/cat/a.jpg");
        own.Picture("set/train/dog/b.jpg");
        own.Picture("set/val/cat/a.jpg");
        var summary = own.Pack(new PackOptions { Input = own.At("set"), Output = own.At("out") });
        Assert.Equal(["train 2", "val 1"], summary.Splits.Select(split => $"{split.Name} {split.Samples}"));
        Assert.Equal(["cat", "dog"], File.ReadAllLines(own.At("out/classnames.txt")));
        Assert.Equal(["val/cat/a"], OwnData.Keys(own.At("out/val")));
    }

    [Fact]
    public void Pictures_with_a_text_or_json_beside_each_are_pairs()
    {
        own.Picture("set/a.jpg");
        own.Text("set/a.txt", "a caption");
        own.Picture("set/deep/b.jpg");
        own.Text("set/deep/b.json", """{"caption": ["one", "two"], "width": 12, "label": "x"}""");
        own.Picture("set/alone.jpg");
        var summary = own.Pack(new PackOptions { Input = own.At("set"), Output = own.At("out"), LabelColumn = "none", BadLimit = 0.5 });
        Assert.Equal("""empty caption""", Assert.Single(summary.BadByReason).Key);
        var samples = OwnData.Samples(own.At("out/train"));
        Assert.StartsWith("a: jpg ", samples[0], StringComparison.Ordinal);
        Assert.EndsWith("; txt a caption", samples[0], StringComparison.Ordinal);
        Assert.Contains("json {\"caption\":[\"one\",\"two\"],\"label\":\"x\",\"width\":12}", samples[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Several_captions_come_from_several_columns_or_a_list_in_a_cell()
    {
        own.Picture("a.jpg");
        own.Picture("b.jpg");
        var table = own.Text("t.jsonl", """{"path": "a.jpg", "text": ["one", " "]}""", """{"path": "b.jpg", "text": ["one", "two"]}""");
        own.Pack(new PackOptions { Input = table, Output = own.At("out") });
        Assert.EndsWith("; txt one", OwnData.Samples(own.At("out/train"))[0], StringComparison.Ordinal);
        Assert.Contains("json {\"caption\":[\"one\",\"two\"]}", OwnData.Samples(own.At("out/train"))[1], StringComparison.Ordinal);
        var columns = own.Text("c.csv", "path,caption1,caption2", "a.jpg,one,two", "b.jpg,,\"[\"\"three\"\", \"\"four\"\"]\"");
        own.Pack(new PackOptions { Input = columns, Output = own.At("columns") });
        Assert.Contains("[\"one\",\"two\"]", OwnData.Samples(own.At("columns/train"))[0], StringComparison.Ordinal);
        Assert.Contains("[\"three\",\"four\"]", OwnData.Samples(own.At("columns/train"))[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_cannot_be_used_are_left_out_named_once_and_listed()
    {
        own.Picture("a.jpg");
        own.Picture("b.jpg");
        own.Text("broken.jpg", "no picture");
        File.WriteAllBytes(own.At("cut.jpg"), File.ReadAllBytes(own.At("a.jpg"))[..^200]);
        var table = own.Text(
            "t.csv", "id,path,caption", "1,a.jpg,one", "2,gone.jpg,two", "3,broken.jpg,three", "4,b.jpg, ", "1,b.jpg,five", ",b.jpg,six",
            "7,,seven", "8,https://example.org/x.jpg,eight", "9,cut.jpg,nine", "10,b.jpg,ten,more");
        var options = new PackOptions { Input = table, Output = own.At("out"), BadLimit = 0.9 };
        var summary = own.Pack(options);
        Assert.Equal(["1", "9"], OwnData.Keys(own.At("out/train")));
        Assert.Equal(
            [
                "address, no file 1", "damaged row 1", "duplicate id 1", "empty caption 1", "empty id 1", "missing file 1",
                "missing path 1", "not an image 1",
            ],
            summary.BadByReason.Select(reason => $"{reason.Key} {reason.Value}"));
        Assert.Contains($"{table}:3: missing file: {own.At("gone.jpg")}; left out", own.Log);
        Assert.Equal(8, own.Log.Count(line => line.EndsWith("left out", StringComparison.Ordinal)));
        var listed = File.ReadAllLines(own.At("out/bad-rows.csv"));
        Assert.Equal("place,path,reason,detail", listed[0]);
        Assert.Equal($"{table}:3,gone.jpg,missing file,{own.At("gone.jpg")}", listed[1]);
        Assert.Equal(9, listed.Length);
        var whole = own.Pack(options with { Output = own.At("verified"), Verify = true });
        Assert.Equal(1, whole.BadByReason["truncated image"]);
        Assert.Equal(["1"], OwnData.Keys(own.At("verified/train")));
    }

    [Fact]
    public void Too_many_bad_rows_stop_with_one_line_and_mended_ones_are_packed_by_the_same_command()
    {
        var table = own.Table(10);
        File.Delete(own.At("img/003.jpg"));
        var options = new PackOptions { Input = table, Output = own.At("out"), ShardSize = new ShardSize(2, long.MaxValue) };
        var line = own.Fails(options);
        Assert.Contains("1 of 10 rows cannot be used, more than the limit of 5", line, StringComparison.Ordinal);
        Assert.Contains($"mostly 'missing file', first at {table}:5", line, StringComparison.Ordinal);
        Assert.True(File.Exists(own.At("out/bad-rows.csv")));
        Assert.Contains("holds neither a table", own.Fails(options with { Input = own.At("out") }), StringComparison.Ordinal);
        own.Picture("img/003.jpg");
        Assert.Equal(10, own.Pack(options).Samples);
        Assert.Contains(own.Log, text => text.Contains("can be used now", StringComparison.Ordinal));
        Assert.False(File.Exists(own.At("out/bad-rows.csv")));
        own.Pack(options with { Output = own.At("fresh") });
        Assert.Equal(OwnData.Files(own.At("fresh")), OwnData.Files(own.At("out")));
    }

    [Fact]
    public void Long_pictures_are_shrunk_and_short_ones_stay()
    {
        own.Picture("long.jpg", 100, 20);
        var small = own.Picture("small.jpg", 50, 50);
        File.WriteAllBytes(own.At("tall.png"), PngEncoder.Encode(TestImages.Noise(30, 200, 4, 1)));
        var table = own.Text("t.csv", "path", "long.jpg", "small.jpg", "tall.png");
        own.Pack(new PackOptions { Input = table, Output = own.At("out"), MaxSide = 50 });
        var samples = SampleReader.ReadShards(ShardOrder.Find(own.At("out/train")), new BadSamples()).ToArray();
        var headers = samples.Select(sample => ImageHeader.Read(sample.Members["jpg"].Span, 1 << 20));
        Assert.Equal([(50, 10), (50, 50), (8, 50)], headers.Select(header => (header.Width, header.Height)));
        Assert.Equal(File.ReadAllBytes(small), samples[1].Members["jpg"].ToArray());
    }

    [Fact]
    public void The_shards_do_not_depend_on_the_number_of_workers_and_end_at_their_size()
    {
        var table = own.Table(30);
        var options = new PackOptions { Input = table, Output = own.At("one"), Workers = 1, ShardSize = new ShardSize(7, long.MaxValue) };
        Assert.Equal(5, Assert.Single(own.Pack(options).Splits).Shards);
        own.Pack(options with { Output = own.At("eight"), Workers = 8 });
        Assert.Equal(OwnData.Files(own.At("one")), OwnData.Files(own.At("eight")));
        var bytes = own.Pack(options with { Output = own.At("bytes"), ShardSize = ShardSize.Parse("10kB") });
        Assert.All(Directory.GetFiles(own.At("bytes/train"), "*.tar"), shard => Assert.InRange(new FileInfo(shard).Length, 1, 21_000));
        Assert.True(bytes.Splits[0].Shards > 1);
    }

    [Fact]
    public void A_picture_named_twice_is_two_samples_of_one_part()
    {
        own.Picture("a.jpg");
        own.Picture("a.png.jpg");
        var table = own.Text("t.csv", "path,caption", "a.jpg,one", "a.jpg,two", "a.png.jpg,three");
        own.Pack(new PackOptions { Input = table, Output = own.At("out") });
        Assert.Equal(["a", "a~2", "a%2Epng"], OwnData.Keys(own.At("out/train")));
    }

    [Fact]
    public void Labels_take_the_order_of_a_list_of_classes_and_numbers_stay_as_they_are()
    {
        own.Picture("a.jpg");
        own.Picture("b.jpg");
        var named = own.Text("t.csv", "path,label", "a.jpg,dog", "b.jpg,cow");
        var classes = own.Text("list.txt", "cat", "dog");
        var line = own.Fails(new PackOptions { Input = named, Output = own.At("no"), Classes = classes });
        Assert.Contains("'unknown label'", line, StringComparison.Ordinal);
        own.Pack(new PackOptions { Input = named, Output = own.At("named"), Classes = classes, BadLimit = 1 });
        Assert.Contains("cls 1", OwnData.Samples(own.At("named/train"))[0], StringComparison.Ordinal);
        var half = own.Text("h.csv", "path,caption,label", "a.jpg,one,dog", "b.jpg,two,");
        own.Pack(new PackOptions { Input = half, Output = own.At("half") });
        Assert.Equal([true, false], OwnData.Samples(own.At("half/train")).Select(text => text.Contains("cls ", StringComparison.Ordinal)));
        line = own.Fails(new PackOptions { Input = half, Output = own.At("named half"), LabelColumn = "label" });
        Assert.Contains("'empty label'", line, StringComparison.Ordinal);
        var numbers = own.Text("n.csv", "path,label", "a.jpg,7", "b.jpg,0");
        own.Pack(new PackOptions { Input = numbers, Output = own.At("numbers") });
        Assert.Contains("cls 7", OwnData.Samples(own.At("numbers/train"))[0], StringComparison.Ordinal);
        Assert.False(File.Exists(own.At("numbers/classnames.txt")));
    }

    [Theory]
    [InlineData("path,caption\n", "has no rows")]
    [InlineData("", "is empty")]
    [InlineData("a,b\n1,2\n", "none of its columns (a, b) is named as paths are")]
    public void A_table_of_nothing_is_one_line(string content, string message)
    {
        File.WriteAllText(own.At("t.csv"), content);
        Assert.Contains(message, own.Fails(new PackOptions { Input = own.At("t.csv"), Output = own.At("out") }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_input_and_an_output_with_something_in_it_are_one_line()
    {
        own.Text("set/notes.md", "text");
        foreach (var (input, message) in new[] { ("set", "but 1 .md"), ("gone", "no such file") })
        {
            var line = own.Fails(new PackOptions { Input = own.At(input), Output = own.At("out") });
            Assert.Contains(message, line, StringComparison.Ordinal);
        }

        var table = own.Table(2);
        Assert.Contains("is not empty", own.Fails(new PackOptions { Input = table, Output = own.At("set") }), StringComparison.Ordinal);
        Assert.Contains(
            "did you mean 'caption'?",
            own.Fails(new PackOptions { Input = table, Output = own.At("out"), CaptionColumns = ["capton"] }),
            StringComparison.Ordinal);
        Assert.Contains(
            "no parts are given",
            own.Fails(new PackOptions { Input = table, Output = own.At("out"), GroupColumn = "who" }),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(own.At("out")));
    }
}
