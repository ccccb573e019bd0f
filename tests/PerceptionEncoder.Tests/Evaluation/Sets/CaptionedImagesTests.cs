using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tests.Data;

namespace PerceptionEncoder.Tests.Evaluation.Sets;

public sealed class CaptionedImagesTests : IDisposable
{
    private readonly FolderSet sets = new();

    public void Dispose() => sets.Dispose();

    [Fact]
    public void A_table_gives_each_picture_the_captions_of_all_its_rows()
    {
        sets.Picture("set/img/a.png", "red");
        sets.Picture("set/img/b.png", "blue");
        sets.Write("set/captions.csv", "image,caption\nimg/a.png,one\nimg/b.png,\"[\"\"two\"\", \"\"three\"\"]\"\nimg/a.png,four\n");
        Assert.Equal(["img/a.png: one|four", "img/b.png: two|three"], Captions());
        var line = Assert.Single(sets.Log);
        Assert.StartsWith($"x: {sets.At("set/captions.csv")}: CSV table; paths from 'image'", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_with_a_text_beside_each_have_a_caption_a_line()
    {
        sets.Picture("set/a.png", "red");
        sets.Write("set/a.txt", "one\ntwo\n");
        Assert.Equal([$"{sets.At("set/a.png")}: one|two"], Captions());
        Assert.Contains("images with a .txt beside each", Assert.Single(sets.Log), StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_have_captions_in_lines_of_a_text_or_a_list_in_json()
    {
        sets.Write("set/test/nshards.txt", "1\n");
        using (var writer = new ShardWriter(sets.At("set/test/00000.tar")))
        {
            writer.Write("a", ShardFolder.Member("jpg", ""), ShardFolder.Member("txt", "one\ntwo"));
            writer.Write("b", ShardFolder.Member("jpg", ""), ShardFolder.Member("json", """{"caption": ["three", "four"]}"""));
        }

        Assert.Equal(["a: one|two", "b: three|four"], Captions());
        Assert.Empty(sets.Log);
    }

    [Fact]
    public void A_table_without_captions_and_a_folder_of_nothing_are_one_line()
    {
        sets.Write("set/t.csv", "image,width\na.png,3\n");
        Assert.Contains("name no paths and captions", Assert.Throws<UserErrorException>(Captions).Message, StringComparison.Ordinal);
        File.Delete(sets.At("set/t.csv"));
        Assert.Contains("nshards.txt does not exist", Assert.Throws<UserErrorException>(Captions).Message, StringComparison.Ordinal);
    }

    private string[] Captions()
    {
        var set = new EvaluationSetOptions { Type = EvaluationType.Retrieval, Name = "x", Data = sets.At("set") };
        return [.. CaptionedImages.Open(set, sets.Log.Add).Items.Read(new BadSamples(), 0)
            .Select(item => $"{item.Key}: {string.Join('|', item.Read(ItemDecoder.None).Annotation)}")];
    }
}
