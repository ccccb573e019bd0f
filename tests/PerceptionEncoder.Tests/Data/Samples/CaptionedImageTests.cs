using System.Text;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Samples;

public class CaptionedImageTests
{
    private static readonly SourceOptions Options = new() { Shards = "s" };

    [Theory]
    [InlineData("from text", "{\"caption\": \"from json\"}", "from text")]
    [InlineData(null, "{\"caption\": \"from json\"}", "from json")]
    [InlineData(" \n", "{\"caption\": \"from json\"}", "from json")]
    [InlineData("\uFEFF with mark \n", null, "with mark")]
    public void The_first_caption_that_is_there_and_not_blank_is_taken(string? text, string? json, string expected)
        => Assert.Equal(expected, CaptionedImage.From(Sample(text, json), Options).Caption);

    [Theory]
    [InlineData(null, null, CaptionedImage.MissingCaption)]
    [InlineData("", null, CaptionedImage.MissingCaption)]
    [InlineData(null, "{\"caption\": null}", CaptionedImage.MissingCaption)]
    [InlineData(null, "{\"caption\": 3}", CaptionedImage.MissingCaption)]
    [InlineData(null, "[]", CaptionedImage.MissingCaption)]
    [InlineData(null, "{\"caption\":", CaptionedImage.DamagedJson)]
    public void A_sample_without_caption_is_bad(string? text, string? json, string reason)
        => Assert.Equal(reason, Assert.Throws<BadSampleException>(() => CaptionedImage.From(Sample(text, json), Options)).Reason);

    [Fact]
    public void A_caption_in_Latin_1_is_bad()
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>> { ["png"] = new byte[1], ["txt"] = Encoding.Latin1.GetBytes("café") };
        var error = Assert.Throws<BadSampleException>(() => CaptionedImage.From(new Sample("k", "s", members), Options));
        Assert.Equal(CaptionedImage.CaptionNotUtf8, error.Reason);
    }

    [Fact]
    public void Fields_may_be_nested_and_images_are_taken_in_the_order_of_the_options()
    {
        var options = new SourceOptions { Shards = "s", Captions = ["json.texts.short"], Images = ["webp", "png"] };
        var members = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["png"] = new byte[1],
            ["webp"] = new byte[2],
            ["json"] = "{\"texts\": {\"short\": \"a cat\"}}"u8.ToArray(),
        };
        var image = CaptionedImage.From(new Sample("k", "s", members), options);
        Assert.Equal(("a cat", 2), (image.Caption, image.File.Length));
        Assert.Equal(["json", "json.texts", "json.texts.short", "png", "webp"], options.Members().Order());
    }

    [Theory]
    [InlineData("{\"width\": NaN, \"score\": -Infinity, \"other\": [Infinity], \"caption\": \"a NaN \\\" Infinity\"}", "a NaN \" Infinity")]
    [InlineData(
        "{\"caption\": \"half \\ud83d of a pair, \\uDC00 and \\ud83d\\ude00\", \"b\\udc00\": 1}",
        "half \ufffd of a pair, \ufffd and 😀")]
    [InlineData("{\"caption\": \"first\", \"n\": 1e999, \"i\": 123456789012345678901234567890, \"caption\": \"last\"}", "last")]
    [InlineData("\uFEFF{\"caption\": \"with mark\"}", "with mark")]
    public void Json_is_read_as_Python_writes_it(string json, string expected)
        => Assert.Equal(expected, CaptionedImage.From(Sample(null, json), Options).Caption);

    [Fact]
    public void A_caption_that_is_not_a_number_is_missing()
        => Assert.Equal(
            CaptionedImage.MissingCaption,
            Assert.Throws<BadSampleException>(() => CaptionedImage.From(Sample(null, "{\"caption\": NaN}"), Options)).Reason);

    [Theory]
    [InlineData("{\"caption\": 3}", "json.caption is a number")]
    [InlineData("{\"caption\": [1, 2]}", "json.caption is a list of more than texts")]
    [InlineData("{\"caption\": {\"en\": \"x\"}}", "json.caption is an object")]
    [InlineData("[\"x\"]", "json is a list")]
    public void What_stands_in_the_place_of_a_caption_is_named_beside_the_members_that_are_there(string json, string expected)
    {
        var message = Assert.Throws<BadSampleException>(() => CaptionedImage.From(Sample(null, json), Options)).Message;
        Assert.Contains($"({expected}) among jpg, json", message);
    }

    [Fact]
    public void Of_a_list_of_captions_one_is_drawn_by_the_seed_and_the_first_without_one()
    {
        var sample = Sample(null, "{\"caption\": [\"a\", \" \", null, \"b\", \"c\"]}");
        var drawn = Enumerable.Range(0, 300)
            .Select(seed => CaptionedImage.From(sample, Options, (ulong)seed).Caption)
            .CountBy(caption => caption).ToDictionary();
        Assert.Equal(["a", "b", "c"], drawn.Keys.Order());
        Assert.All(drawn.Values, count => Assert.InRange(count, 60, 140));
        Assert.Equal("a", CaptionedImage.From(sample, Options).Caption);
    }

    [Fact]
    public void Members_with_dots_in_their_extension_are_found_by_it()
    {
        using var folder = new ShardFolder();
        using (var writer = new ShardWriter(folder.PathOf("0.tar")))
        {
            writer.Write(
                "k",
                ShardFolder.Member("input.jpg", "pixels"),
                ShardFolder.Member("outputs.txt", "a cat"),
                ShardFolder.Member("meta.json", "{\"text\": {\"en\": \"a dog\"}}"));
        }

        Assert.Equal("a cat", Find("outputs.txt"));
        Assert.Equal("a dog", Find("meta.json.text.en"));
        var options = new SourceOptions { Shards = "s" };
        var sample = SampleReader.ReadShards([folder.PathOf("0.tar")], new BadSamples(), options.Members()).Single();
        Assert.Contains(
            "among input.jpg, outputs.txt, meta.json",
            Assert.Throws<BadSampleException>(() => CaptionedImage.From(sample, options)).Message);

        string Find(string place)
        {
            var options = new SourceOptions { Shards = "s", Images = ["input.jpg"], Captions = [place] };
            var sample = SampleReader.ReadShards([folder.PathOf("0.tar")], new BadSamples(), options.Members()).Single();
            return CaptionedImage.From(sample, options).Caption;
        }
    }

    [Fact]
    public void A_caption_in_UTF_16_with_its_mark_is_read()
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["png"] = new byte[1],
            ["txt"] = (byte[])[.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("größer\r\n")],
        };
        Assert.Equal("größer", CaptionedImage.From(new Sample("k", "s", members), Options).Caption);
    }

    [Fact]
    public void A_sample_without_image_is_bad()
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>> { ["txt"] = "a cat"u8.ToArray() };
        var error = Assert.Throws<BadSampleException>(() => CaptionedImage.From(new Sample("k", "s", members), Options));
        Assert.Equal(CaptionedImage.MissingImage, error.Reason);
    }

    private static Sample Sample(string? text, string? json)
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>> { ["jpg"] = new byte[1] };
        if (text is not null)
        {
            members["txt"] = Encoding.UTF8.GetBytes(text);
        }

        if (json is not null)
        {
            members["json"] = Encoding.UTF8.GetBytes(json);
        }

        return new Sample("k", "s", members);
    }
}
