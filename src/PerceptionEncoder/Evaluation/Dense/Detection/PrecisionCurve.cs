namespace PerceptionEncoder.Evaluation.Dense.Detection;

// t thresholds
/// <summary>Precision against recall of one category at one threshold.</summary>
/// <param name="Precision">At recalls of 0, 0.01, ..., 1: the best that is reached at that recall or a higher one; 0 where none is.</param>
/// <param name="Recall">Share of the objects that were found.</param>
internal sealed record PrecisionCurve(double[] Precision, double Recall)
{
    private const int Recalls = 101;

    /// <summary>What numpy adds so that nothing is divided by zero; published figures have it.</summary>
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Area under the curve.</summary>
    public double Average => Precision.Average();

    /// <summary>From matches in all pictures.</summary>
    /// <param name="pictures">Of one category.</param>
    /// <param name="thresholds">How many there are.</param>
    /// <param name="most">Detections that count of each picture, the surest.</param>
    /// <returns>[t]; null where there is no object that must be found.</returns>
    public static PrecisionCurve[]? Of(IReadOnlyList<MatchedDetections> pictures, int thresholds, int most)
    {
        var counted = pictures.Sum(picture => picture.Counted);
        if (counted == 0)
        {
            return null;
        }

        (MatchedDetections Picture, int Index)[] order =
        [
            .. pictures.SelectMany(picture => Enumerable.Range(0, Math.Min(most, picture.Scores.Length)).Select(index => (picture, index)))
                .OrderByDescending(each => each.picture.Scores[each.index]),
        ];
        return [.. Enumerable.Range(0, thresholds).Select(threshold => Of(order, threshold, counted))];
    }

    private static PrecisionCurve Of((MatchedDetections Picture, int Index)[] order, int threshold, int counted)
    {
        var (recall, precision) = (new double[order.Length], new double[order.Length]);
        var (right, wrong) = (0, 0);
        for (var i = 0; i < order.Length; i++)
        {
            var (picture, index) = order[i];
            if (!picture.Ignored[threshold][index])
            {
                var isFound = picture.Found[threshold][index] is not null;
                right += isFound ? 1 : 0;
                wrong += isFound ? 0 : 1;
            }

            recall[i] = (double)right / counted;
            precision[i] = right / (right + wrong + Epsilon);
        }

        for (var i = order.Length - 2; i >= 0; i--)
        {
            precision[i] = Math.Max(precision[i], precision[i + 1]);
        }

        var (curve, at) = (new double[Recalls], 0);
        for (var i = 0; i < Recalls; i++)
        {
            while (at < order.Length && recall[at] < RecallAt(i))
            {
                at++;
            }

            curve[i] = at < order.Length ? precision[at] : 0;
        }

        return new PrecisionCurve(curve, order.Length > 0 ? recall[^1] : 0);
    }

    private static double RecallAt(int index) => index == Recalls - 1 ? 1 : index * (1.0 / (Recalls - 1));
}
