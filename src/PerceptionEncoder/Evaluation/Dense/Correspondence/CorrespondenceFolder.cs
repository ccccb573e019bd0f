using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>The pairs of a set, in the order of its list, and their pictures.</summary>
internal static class CorrespondenceFolder
{
    /// <summary>Reads the pairs of a set, whatever its layout.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="log">Takes a line where pairs are left out.</param>
    /// <exception cref="UserErrorException">There is no known layout, or something of it is missing or damaged.</exception>
    public static IReadOnlyList<KeyPointPair> Pairs(CorrespondenceSetOptions set, Action<string> log)
    {
        var pairs = Directory.Exists(Path.Combine(set.Data, "PairAnnotation")) ? SpairPairs.Read(set)
            : File.Exists(Path.Combine(set.Data, ViewPairs.List)) ? ViewPairs.Read(set, log)
            : HomographyPairs.AreIn(set.Data) ? HomographyPairs.Read(set, log)
            : throw new UserErrorException(
                $"{set.Data}: holds no pairs of pictures. Give a set in SPair-71k's layout, with PairAnnotation, Layout and JPEGImages; "
                + $"{ViewPairs.List} beside images and depth; or folders in HPatches' layout, with 1.ppm, 2.ppm and H_1_2.");
        return pairs.Count > 0 ? pairs : throw new UserErrorException($"{set.Data}: has no pair with key points.");
    }

    /// <summary>The pictures of all pairs, each once; what each is paired with is its path below the set's folder.</summary>
    public static OpenedSet<string> Images(CorrespondenceSetOptions set, IEnumerable<KeyPointPair> pairs)
    {
        string[] names = [.. pairs.SelectMany(pair => new[] { pair.Source, pair.Target }).Distinct().Order(StringComparer.Ordinal)];
        return OpenedSet.OfImages(
            set.Name,
            set.Data,
            set.Split,
            set.Batch,
            set.MaxPixels,
            new FileItems<string>(
                Array.ConvertAll(names, name => SetItem<string>.OfFile(set.Data, name, () => Path.Combine(set.Data, name), () => name)),
                names.Select(name => Path.Combine(set.Data, name))));
    }
}
