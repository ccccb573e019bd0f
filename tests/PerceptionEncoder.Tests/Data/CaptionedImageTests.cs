using System.Text;
using PerceptionEncoder.Data;

namespace PerceptionEncoder.Tests.Data;

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
        Assert.Equal(["json", "png", "webp"], CaptionedImage.Members(options).Order());
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
