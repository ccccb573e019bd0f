using PerceptionEncoder.Evaluation.Dense.Segmentation;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Segmentation;

/// <summary>Sets as their publishers lay them out; files are empty, since none is read to find them.</summary>
public sealed class SegmentationFilesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-layouts-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(SegmentationLayout.Camvid, "train/a.jpg>trainannot/a.png", "test/b.jpg>testannot/b.png")]
    [InlineData(
        SegmentationLayout.Ade20k,
        "images/training/a.jpg>annotations/training/a.png",
        "images/validation/b.jpg>annotations/validation/b.png")]
    [InlineData(SegmentationLayout.Voc, "JPEGImages/a.jpg>SegmentationClass/a.png", "JPEGImages/b.jpg>SegmentationClass/b.png")]
    [InlineData(
        SegmentationLayout.Cityscapes,
        "leftImg8bit/train/x/a_leftImg8bit.png>gtFine/train/x/a_gtFine_labelTrainIds.png",
        "leftImg8bit/val/y/b_leftImg8bit.png>gtFine/val/y/b_gtFine_labelIds.png")]
    [InlineData(SegmentationLayout.Coco, "train2017/a.jpg>semantic/train2017/a.png", "val2017/b.jpg>semantic/val2017/b.png")]
    [InlineData(SegmentationLayout.PennFudan, "PNGImages/a.jpg>PedMasks/a_mask.png", "PNGImages/b.jpg>PedMasks/b_mask.png")]
    public void A_layout_is_told_by_its_folders_also_one_folder_down(SegmentationLayout expected, string train, string test)
    {
        foreach (var file in new[] { train, test }.SelectMany(pair => pair.Split('>')))
        {
            Touch($"set/{file}", "");
        }

        Touch("set/ImageSets/Segmentation/train.txt", "a\n");
        Touch("set/ImageSets/Segmentation/val.txt", "b\r\n");
        Touch("set/train.txt", "a\n");
        Touch("set/test.txt", "b\n");
        foreach (var (data, asked) in new[] { (root, (SegmentationLayout?)null), (Path.Combine(root, "set"), expected) })
        {
            Assert.Equal([train], Pairs(data, asked, training: true, expected));
            Assert.Equal([test], Pairs(data, asked, training: false, expected));
        }
    }

    [Fact]
    public void Pictures_without_a_mask_are_no_part_of_coco_and_are_of_camvid()
    {
        Touch("train2017/a.jpg", "");
        Touch("train2017/b.jpg", "");
        Touch("semantic/train2017/b.png", "");
        Assert.Equal(["train2017/b.jpg>semantic/train2017/b.png"], Pairs(root, null, training: true, SegmentationLayout.Coco));
        Touch("train/a.jpg", "");
        Directory.CreateDirectory(Path.Combine(root, "trainannot"));
        Assert.Equal(["train/a.jpg>trainannot/a.png"], Pairs(root, SegmentationLayout.Camvid, training: true, SegmentationLayout.Camvid));
    }

    [Fact]
    public void What_is_no_layout_is_said_with_those_that_are()
    {
        Touch("pictures/a.jpg", "");
        var said = Assert.Throws<UserErrorException>(() => SegmentationFiles.Find(root, null, training: true, out _)).Message;
        Assert.Contains("trainannot/NAME.png", said, StringComparison.Ordinal);
        Assert.Contains("SegmentationClass", said, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Throws<UserErrorException>(
            () => SegmentationFiles.Find(root + "-none", null, training: true, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cityscapes_things_become_its_nineteen_classes()
    {
        var labels = SegmentationLabels.Cityscapes(255);
        Assert.Equal((0, 1, 13, 18, 255, 255), (labels[7], labels[8], labels[26], labels[33], labels[0], labels[29]));
        Assert.Equal(19, labels.Distinct().Count() - 1);
    }

    private static IEnumerable<string> Pairs(string data, SegmentationLayout? asked, bool training, SegmentationLayout expected)
    {
        var found = SegmentationFiles.Find(data, asked, training, out var layout);
        Assert.Equal(expected, layout);
        return found.Pairs.Select(pair => $"{Below(pair.Image)}>{Below(pair.Mask)}");

        string Below(string path) => Path.GetRelativePath(found.Root, path).Replace('\\', '/');
    }

    private void Touch(string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
