using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>The images of one part of a set and their masks, found as the set's publisher lays them out.</summary>
/// <param name="Root">Folder of the set.</param>
/// <param name="Images">Folder of the part's images, for messages.</param>
/// <param name="Pairs">Image and mask, of which either may be missing, in a fixed order.</param>
/// <param name="Others">Files among the images that are none.</param>
internal sealed record SegmentationFiles(
    string Root, string Images, IReadOnlyList<(string Image, string Mask)> Pairs, IReadOnlyList<string> Others)
{
    private const int MostFoldersDown = 3;

    private static readonly (SegmentationLayout Layout, string[] Folders, string Shown)[] Layouts =
    [
        (SegmentationLayout.Camvid, ["train", "trainannot"], "train/NAME.jpg beside trainannot/NAME.png"),
        (SegmentationLayout.Ade20k, ["images/training", "annotations/training"], "images/training beside annotations/training"),
        (SegmentationLayout.Voc, ["JPEGImages", "SegmentationClass"], "JPEGImages beside SegmentationClass"),
        (SegmentationLayout.Cityscapes, ["leftImg8bit", "gtFine"], "leftImg8bit beside gtFine"),
        (SegmentationLayout.Coco, ["train2017", "semantic/train2017"], "train2017 beside semantic/train2017"),
        (SegmentationLayout.PennFudan, ["PNGImages", "PedMasks"], "PNGImages beside PedMasks"),
    ];

    /// <summary>Finds the images of a part; nothing of a file is read.</summary>
    /// <param name="data">Folder of the set, or one that holds nothing else.</param>
    /// <param name="asked">The layout; null to tell it by the folders.</param>
    /// <param name="training">The part to train on, else that to measure.</param>
    /// <param name="layout">The layout that was found.</param>
    /// <exception cref="UserErrorException">The folders of no layout are there, or a list of names is missing.</exception>
    public static SegmentationFiles Find(string data, SegmentationLayout? asked, bool training, out SegmentationLayout layout)
    {
        var (root, found) = Locate(data, asked);
        layout = found;
        var (train, val) = (training ? "train" : "val", training ? "training" : "validation");
        return found switch
        {
            SegmentationLayout.Ade20k => OfImages(root, $"images/{val}", name => $"annotations/{val}/{name}.png"),
            SegmentationLayout.Voc => OfList(
                root, "JPEGImages", $"ImageSets/Segmentation/{train}.txt", name => $"SegmentationClass/{name}.png"),
            SegmentationLayout.Cityscapes => OfImages(root, $"leftImg8bit/{train}", name => CityscapesMask(root, train, name)),
            SegmentationLayout.Coco => OfMasks(root, $"{train}2017", $"semantic/{train}2017"),
            SegmentationLayout.PennFudan => OfList(
                root, "PNGImages", $"{(training ? "train" : "test")}.txt", name => $"PedMasks/{name}_mask.png"),
            _ => OfImages(root, training ? "train" : "test", name => $"{(training ? "train" : "test")}annot/{name}.png"),
        };
    }

    private static (string Root, SegmentationLayout Layout) Locate(string data, SegmentationLayout? asked)
    {
        var root = data;
        for (var down = 0; down <= MostFoldersDown && Directory.Exists(root); down++)
        {
            var here = root;
            var found = Layouts.Where(each => asked is null || each.Layout == asked)
                .Where(each => each.Folders.All(folder => Directory.Exists(Path.Combine(here, folder))))
                .ToArray();
            if (found.Length > 0)
            {
                return (root, found[0].Layout);
            }

            if (Directory.GetDirectories(root) is not [var only])
            {
                break;
            }

            root = only;
        }

        var shown = Layouts.Where(each => asked is null || each.Layout == asked).Select(each => each.Shown);
        throw new UserErrorException(
            $"{data}: {(Directory.Exists(data) ? "" : "no such folder, ")}no segmentation set in a known layout: "
            + $"{string.Join("; ", shown)}. Name the folder that holds these.");
    }

    /// <param name="root">Folder of the set.</param>
    /// <param name="images">Folder of the images in it.</param>
    /// <param name="mask">Path of a mask below the root, by the image's below its folder and without ending.</param>
    private static SegmentationFiles OfImages(string root, string images, Func<string, string> mask)
    {
        var folder = Path.Combine(root, images);
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException($"{folder}: no such folder. The part of the set to measure or to train on should be there.");
        }

        var found = FolderTree.Files(folder).ToLookup(MediaFiles.IsImage);
        return new SegmentationFiles(
            root,
            folder,
            [
                .. found[true].Select(
                    file => (file, Path.Combine(root, mask(Path.ChangeExtension(Path.GetRelativePath(folder, file), null))))),
            ],
            [.. found[false]]);
    }

    /// <param name="root">Folder of the set.</param>
    /// <param name="images">Folder of the images in it.</param>
    /// <param name="list">File of names, one a line.</param>
    /// <param name="mask">Path of a mask below the root, by the name.</param>
    private static SegmentationFiles OfList(string root, string images, string list, Func<string, string> mask)
    {
        var folder = Path.Combine(root, images);
        var byName = ByName(folder);
        var names = UserText.Read(Path.Combine(root, list))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new SegmentationFiles(
            root,
            folder,
            [
                .. names.Select(
                    name => (byName.GetValueOrDefault(name, Path.Combine(folder, $"{name}.jpg")), Path.Combine(root, mask(name)))),
            ],
            []);
    }

    private static SegmentationFiles OfMasks(string root, string images, string masks)
    {
        var folder = Path.Combine(root, images);
        var byName = ByName(folder);
        return new SegmentationFiles(
            root,
            folder,
            [
                .. FolderTree.Files(Path.Combine(root, masks))
                    .Where(MediaFiles.IsImage)
                    .Select(mask => (Name: Path.GetFileNameWithoutExtension(mask), Mask: mask))
                    .Select(pair => (byName.GetValueOrDefault(pair.Name, Path.Combine(folder, $"{pair.Name}.jpg")), pair.Mask)),
            ],
            []);
    }

    private static Dictionary<string, string> ByName(string folder)
        => FolderTree.Files(folder).Where(MediaFiles.IsImage)
            .GroupBy(file => Path.GetFileNameWithoutExtension(file))
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);

    private static string CityscapesMask(string root, string part, string name)
    {
        var stem = $"gtFine/{part}/{name.Replace("_leftImg8bit", "_gtFine", StringComparison.Ordinal)}";
        var classes = $"{stem}_labelTrainIds.png";
        return File.Exists(Path.Combine(root, classes)) ? classes : $"{stem}_labelIds.png";
    }
}
