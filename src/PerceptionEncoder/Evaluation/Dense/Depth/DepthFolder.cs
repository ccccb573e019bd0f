using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>One part of a set, opened.</summary>
internal static class DepthFolder
{
    /// <summary>Opens a part; nothing of a file is read before it is asked for.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="pairs">Its pictures.</param>
    /// <param name="part">Its name.</param>
    /// <param name="side">Of the grid on which readings are kept; null to keep all of them.</param>
    /// <exception cref="UserErrorException">There are no pictures.</exception>
    public static OpenedSet<DepthMap> Open(DepthSetOptions set, IReadOnlyList<DepthPair> pairs, string part, int? side)
        => pairs.Count == 0
            ? throw new UserErrorException($"{set.Data}: there are no pictures in the {part} part.")
            : OpenedSet.OfImages(
                set.Name,
                set.Data,
                part,
                set.Batch,
                set.MaxPixels,
                new FileItems<DepthMap>(
                    [
                        .. pairs.Select(pair => SetItem<DepthMap>.OfFile(
                            set.Data,
                            pair.Key,
                            () => pair.Picture,
                            () => Read(pair, side, set.MaxPixels))),
                    ],
                    pairs.SelectMany(pair => new[] { pair.Picture, pair.Depths }))) with
            {
                Advice = " Give pictures with depths beside them, as PNG of 16 bits.",
            };

    private static DepthMap Read(DepthPair pair, int? side, long maximumPixels)
    {
        if (!File.Exists(pair.Depths))
        {
            throw new BadSampleException("missing depths", $"no {pair.Depths}");
        }

        var map = DepthMap.Read(pair.Depths, pair.Scale, maximumPixels) with { Picture = pair.Picture, Key = pair.Key };
        return side is null ? map : map.At(side.Value);
    }
}
