using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Segmentation;

/// <summary>The images of one part of a set with their masks, in ordinal order of their names.</summary>
internal static class SegmentationFolder
{
    /// <summary>Extension under which a sample holds its mask.</summary>
    public const string MaskMember = "mask";

    /// <summary>Opens a part; nothing of a file is read before it is asked for.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="part">Name of the images' folder; that of the masks has <c>annot</c> after it.</param>
    /// <exception cref="UserErrorException">A folder or a mask is missing, or there are no images.</exception>
    public static GivenSamples Open(SegmentationSetOptions set, string part)
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
            throw new UserErrorException($"{images}: holds no images (.{string.Join(", .", MediaFiles.Images)}){(others.Length > 0 ? $", but {others}" : "")}.");
        }

        return new GivenSamples(images, (faults, _) =>
        {
            if (others.Length > 0)
            {
                faults.AddFault(new BadSample(BadSamples.PassedOver, images, null, others));
            }

            return files.Select(file => Read(file, Path.Combine(masks, Path.GetFileNameWithoutExtension(file) + ".png")));
        });
    }

    private static Sample Read(string image, string mask)
    {
        try
        {
            var members = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.OrdinalIgnoreCase) { [Path.GetExtension(image)[1..].ToLowerInvariant()] = UserFile.ReadAllBytes(image, UserFile.MediaLimit) };
            if (File.Exists(mask))
            {
                members[MaskMember] = UserFile.ReadAllBytes(mask, UserFile.MediaLimit);
            }

            return new Sample(Path.GetFileNameWithoutExtension(image), Path.GetDirectoryName(image)!, members);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{image}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check the file and its permissions.", failure);
        }
    }
}
