namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// COCO's matching in one picture and category: detections choose in the order of their scores, each the object that it overlaps most and
/// that nobody has yet. An object that counts is preferred to one that does not, and crowds take any number.
/// </summary>
internal sealed class DetectionMatching
{
    /// <summary>Detections of a picture and category that are looked at; the others are left out, right or wrong.</summary>
    public const int MostDetections = 100;

    private readonly DetectedObject[] detections;
    private readonly TrueObject[] truth;
    private readonly double[,] overlaps;

    /// <param name="found">Detections of one category in one picture.</param>
    /// <param name="truth">Objects of the same.</param>
    public DetectionMatching(IEnumerable<DetectedObject> found, TrueObject[] truth)
    {
        // The order of equal scores is that of the file.
        detections = [.. found.OrderByDescending(detection => detection.Score).Take(MostDetections)];
        this.truth = truth;
        overlaps = new double[detections.Length, truth.Length];
        for (var i = 0; i < detections.Length; i++)
        {
            for (var j = 0; j < truth.Length; j++)
            {
                overlaps[i, j] = DetectionOverlap.Of(detections[i], truth[j]);
            }
        }
    }

    /// <summary>Matches with what counts in one range of sizes.</summary>
    /// <param name="sizes">Objects of other areas need not be found, and detections of other areas that find nothing are not wrong.</param>
    /// <param name="thresholds">The least overlap that finds.</param>
    public MatchedDetections Match(AreaRange sizes, IReadOnlyList<double> thresholds)
    {
        var ignored = Array.ConvertAll(truth, each => each.IsCrowd || !sizes.Contains(each.Area));
        int[] order = [.. Enumerable.Range(0, truth.Length).OrderBy(index => ignored[index])];
        var taken = thresholds.Select(threshold => Choose(threshold, order, ignored)).ToArray();
        return new MatchedDetections(
            Array.ConvertAll(detections, detection => detection.Score),
            Array.ConvertAll(taken, chosen => Array.ConvertAll(chosen, index => index < 0 ? null : truth[index])),
            Array.ConvertAll(taken, chosen => chosen.Zip(
                detections,
                (index, detection) => index < 0 ? !sizes.Contains(detection.Area) : ignored[index]).ToArray()),
            ignored.Count(each => !each));
    }

    /// <summary>Index of the object that each detection finds; -1 for none.</summary>
    private int[] Choose(double threshold, int[] order, bool[] ignored)
    {
        var isTaken = new bool[truth.Length];
        var chosen = new int[detections.Length];
        for (var detection = 0; detection < detections.Length; detection++)
        {
            var (best, least) = (-1, Math.Min(threshold, 1 - 1e-10));
            foreach (var index in order)
            {
                if (isTaken[index] && !truth[index].IsCrowd)
                {
                    continue;
                }

                if (best >= 0 && !ignored[best] && ignored[index])
                {
                    break;
                }

                // The last of several that overlap equally much, as published.
                if (overlaps[detection, index] >= least)
                {
                    (best, least) = (index, overlaps[detection, index]);
                }
            }

            chosen[detection] = best;
            if (best >= 0)
            {
                isTaken[best] = true;
            }
        }

        return chosen;
    }
}
