using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>The images of one part of a set with their masks, in ordinal order of their names.</summary>
internal static class SegmentationFolder
{
    /// <summary>Opens a part; nothing of a file is read before it is asked for.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="part">Name of the images' folder; that of the masks has <c>annot</c> after it.</param>
    /// <exception cref="UserErrorException">A folder or a mask is missing, or there are no images.</exception>
    public static OpenedSet<SegmentationMask> Open(SegmentationSetOptions set, string part)
    {
        var (images, masks) = (Path.Combine(set.Data, part), Path.Combine(set.Data, part + "annot"));
        var missing = new[] { images, masks }.FirstOrDefault(folder => !Directory.Exists(folder));
        if (missing is not null)
        {
            throw new UserErrorException($"{missing}: no such folder. A segmentation set has {part}/NAME.jpg beside {part}annot/NAME.png.");
        }

        var found = FolderTree.Files(images).ToLookup(MediaFiles.IsImage);
        var (files, others) = (found[true].ToArray(), MediaFiles.Count(found[false]));
        if (files.Length == 0)
        {
            throw new UserErrorException(
                $"{images}: holds no images (.{string.Join(", .", MediaFiles.Images)}){(others.Length > 0 ? $", but {others}" : "")}.");
        }

        var decoder = ImageDecoders.Default;
        return new OpenedSet<SegmentationMask>(
            new EvaluationSetOptions
            {
                Type = EvaluationType.Zeroshot,
                Name = set.Name,
                Data = set.Data,
                Split = part,
                Batch = set.Batch,
                MaxPixels = set.MaxPixels,
            },
            new ImageMedia(0),
            new FileItems<SegmentationMask>(Array.ConvertAll(files, Item), files)
            {
                PassedOver = others.Length > 0 ? new BadSample(BadSamples.PassedOver, images, null, others) : null,
            })
        {
            Place = images,
            Advice = $" Give images with masks in {masks}.",
        };

        SetItem<SegmentationMask> Item(string file)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            return SetItem<SegmentationMask>.OfFile(
                images,
                name,
                () => file,
                () => Mask(Path.Combine(masks, $"{name}.png"), $"{part}annot/{name}.png"));
        }

        SegmentationMask Mask(string path, string shown) => File.Exists(path)
            ? SegmentationMask.Of(decoder.Decode(MediaItem.OfFile(path).ReadBytes().Span, set.MaxPixels), set)
            : throw new BadSampleException("missing mask", $"no {shown}");
    }
}
