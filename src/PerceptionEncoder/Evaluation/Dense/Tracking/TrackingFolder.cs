using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>The clips of a set in DAVIS' layout.</summary>
internal static class TrackingFolder
{
    private static readonly string[] Sizes = ["480p", "Full-Resolution", ""];

    /// <summary>Finds the clips and reads the first mask of each.</summary>
    /// <param name="set">Where it is.</param>
    /// <exception cref="UserErrorException">A folder, frame or mask is missing or of no use.</exception>
    public static IReadOnlyList<TrackingClip> Open(TrackingSetOptions set)
    {
        var size = Array.Find(Sizes, each => Directory.Exists(Path.Combine(set.Data, "Annotations", each)))
            ?? throw new UserErrorException(
                $"{set.Data}: no folder Annotations. Name the folder of a set in DAVIS' layout: "
                + "JPEGImages/480p/CLIP/00000.jpg, Annotations/480p/CLIP/00000.png, ImageSets/2017/val.txt.");
        var (pictures, masks) = (Path.Combine(set.Data, "JPEGImages", size), Path.Combine(set.Data, "Annotations", size));
        return [.. Names(set, masks).Select(name => Clip(set, name, Path.Combine(pictures, name), Path.Combine(masks, name)))];
    }

    /// <summary>Clips of the list; all that have masks where the set has no lists.</summary>
    private static string[] Names(TrackingSetOptions set, string masks)
    {
        var lists = Path.Combine(set.Data, "ImageSets");
        string[] years = set.Year == "auto" ? ["2017", "2016"] : [set.Year];
        var list = years.Append("480p").Append("").Select(folder => Path.Combine(lists, folder, $"{set.Split}.txt"))
            .FirstOrDefault(File.Exists);
        if (list is null && Directory.Exists(lists))
        {
            throw new UserErrorException($"{lists}: no {set.Split}.txt, neither there nor in {string.Join(", ", years)} or 480p.");
        }

        string[] names = list is null
            ? [.. Directory.GetDirectories(masks).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)]
            : [.. UserText.Read(list).Split('\n').Select(Name).Where(name => name.Length > 0).Distinct()];
        return names.Length > 0 ? names : throw new UserErrorException($"{list ?? masks}: names no clip.");
    }

    /// <summary>The lists of 2017 have a clip a line, those of 2016 also a frame and its mask a line.</summary>
    internal static string Name(string line)
    {
        var first = line.Trim().Split(' ', '\t')[0];
        return first.Contains('/', StringComparison.Ordinal) ? Path.GetFileName(Path.GetDirectoryName(first)) ?? "" : first;
    }

    private static TrackingClip Clip(TrackingSetOptions set, string name, string pictures, string masks)
    {
        if (new[] { pictures, masks }.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing)
        {
            throw new UserErrorException($"{missing}: no such folder; the list of clips names {name}.");
        }

        string[] frames = [.. FolderTree.Files(pictures).Where(MediaFiles.IsImage)];
        var named = FolderTree.Files(masks).Where(file => Path.GetExtension(file).Equals(".png", StringComparison.OrdinalIgnoreCase))
            .ToLookup(file => Path.GetFileNameWithoutExtension(file)!, StringComparer.Ordinal);
        if (named.FirstOrDefault(files => files.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"{twice.First()}: there is also {twice.Last()}. Leave one mask for frame {twice.Key}.");
        }

        var maskOf = named.ToDictionary(files => files.Key, files => files.Single(), StringComparer.Ordinal);
        string?[] paired = [.. frames.Select(frame => maskOf.GetValueOrDefault(Path.GetFileNameWithoutExtension(frame)))];
        if (maskOf.Keys.Except(frames.Select(Path.GetFileNameWithoutExtension)).Order(StringComparer.Ordinal).FirstOrDefault() is { } alone)
        {
            throw new UserErrorException($"{maskOf[alone]}: no frame {alone} in {pictures}.");
        }

        if (frames.Length == 0 || paired[0] is not { } first)
        {
            throw new UserErrorException(frames.Length == 0
                ? $"{pictures}: holds no frames."
                : $"{masks}: no mask {Path.GetFileNameWithoutExtension(frames[0])}.png for the first frame, which says what to follow.");
        }

        var mask = IndexedMask.Read(first, set.MaxPixels);
        var single = set.Year == "2016"
            || (set.Year == "auto" && mask.Pixels.AsSpan().IndexOfAnyExcept((byte)0, MaskScores.Void) < 0);
        var objects = single ? 1 : DavisMasks.Objects(mask.Pixels);
        if (objects == 0 || (single && mask.Pixels.AsSpan().IndexOfAnyExcept((byte)0) < 0))
        {
            throw new UserErrorException($"{first}: marks no object, so that there is nothing to follow in {name}.");
        }

        foreach (var path in paired.OfType<string>())
        {
            IndexedMask.Check(path, mask.Height, mask.Width);
        }

        var clip = new TrackingClip(name, frames, paired, mask.Height, mask.Width, objects, single, set.MaxPixels);
        return clip.Scored.Count > 0
            ? clip
            : throw new UserErrorException(
                $"{masks}: nothing to score in {name}; a mask of a frame that is neither the first nor the last is needed.");
    }
}
