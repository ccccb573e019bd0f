using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>The images of one part of a set with their masks.</summary>
internal static class SegmentationFolder
{
    /// <summary>Opens a part; of a file nothing but, with windows, its size is read before it is asked for.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="training">The part to train on, else that to measure.</param>
    /// <param name="side">Of the model's input.</param>
    /// <exception cref="UserErrorException">A folder or a list is missing, or there are no images.</exception>
    public static OpenedSet<SegmentationMask> Open(SegmentationSetOptions set, bool training, int side)
    {
        var found = SegmentationFiles.Find(set.Data, set.Layout, training, out var layout);
        var others = MediaFiles.Count(found.Others);
        var reduced = set.ReduceZeroLabel ? SegmentationLabels.ReduceZero(set.Unlabelled) : null;
        if (found.Pairs.Count == 0)
        {
            throw new UserErrorException(
                $"{found.Images}: holds no images (.{string.Join(", .", MediaFiles.Images)})"
                + $"{(others.Length > 0 ? $", but {others}" : "")}.");
        }

        return OpenedSet.OfImages(
            set.Name,
            set.Data,
            training ? "train" : "test",
            set.Batch,
            set.MaxPixels,
            new FileItems<SegmentationMask>(
                [.. found.Pairs.SelectMany(Items)],
                found.Pairs.SelectMany(pair => new[] { pair.Image, pair.Mask }))
            {
                PassedOver = others.Length > 0 ? new BadSample(BadSamples.PassedOver, found.Images, null, others) : null,
            }) with
        {
            Place = found.Images,
            Advice = " Give images with masks beside them.",
        };

        IEnumerable<SetItem<SegmentationMask>> Items((string Image, string Mask) pair)
        {
            var key = Path.ChangeExtension(Path.GetRelativePath(found.Images, pair.Image), null);
            return set.Stride is null
                ? [SetItem<SegmentationMask>.OfFile(found.Images, key, () => pair.Image, () => Mask(pair.Image, pair.Mask, key))]
                : new SegmentationTiles(set, side).Of(found.Images, key, pair.Image, () => Mask(pair.Image, pair.Mask, key));
        }

        SegmentationMask Mask(string image, string path, string key)
        {
            if (!File.Exists(path))
            {
                throw new BadSampleException("missing mask", $"no {Path.GetRelativePath(found.Root, path).Replace('\\', '/')}");
            }

            var mask = SegmentationMask.Read(path, set, Labels(path)) with { Picture = image, Key = key };
            var picture = ImageHeader.Read(MediaItem.OfFile(image).ReadBytes().Span, set.MaxPixels);
            return (mask.Width, mask.Height) == (picture.Width, picture.Height)
                ? mask
                : throw new BadSampleException(
                    "mask of another size than its picture",
                    $"{mask.Width}x{mask.Height}, the picture {picture.Width}x{picture.Height}");
        }

        byte[] Labels(string mask)
        {
            var own = layout == SegmentationLayout.PennFudan ? SegmentationLabels.AnyObject
                : layout == SegmentationLayout.Cityscapes && mask.EndsWith("_labelIds.png", StringComparison.Ordinal)
                    ? SegmentationLabels.Cityscapes(set.Unlabelled)
                    : SegmentationLabels.Same;
            return reduced is null ? own : Array.ConvertAll(own, label => reduced[label]);
        }
    }
}
