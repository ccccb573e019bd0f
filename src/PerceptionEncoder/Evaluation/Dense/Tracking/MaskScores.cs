namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>How well one mask of an object equals the true one.</summary>
/// <param name="Region">J, intersection over union of the areas; 1 where both are empty.</param>
/// <param name="Boundary">F, harmonic mean of precision and recall of the edges.</param>
internal readonly record struct MaskScores(double Region, double Boundary)
{
    /// <summary>DAVIS' distance of two edges that count as one, of the picture's diagonal.</summary>
    public const double Tolerance = 0.008;

    /// <summary>Index of pixels that belong to nothing. They are background, to the answer and to the truth alike.</summary>
    public const byte Void = 255;

    /// <summary>Compares one object in two masks.</summary>
    /// <param name="answer">[height, width], an object's index where it is.</param>
    /// <param name="truth">Of the same size.</param>
    /// <param name="label">The object's index.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="tolerance">Share of the diagonal, or from 1 on pixels.</param>
    public static MaskScores Of(
        ReadOnlySpan<byte> answer,
        ReadOnlySpan<byte> truth,
        byte label,
        int height,
        int width,
        double tolerance = Tolerance)
        => new(
            Overlap(answer, truth, label),
            MaskBoundary.Match(
                MaskBoundary.Of(answer, label, height, width),
                MaskBoundary.Of(truth, label, height, width),
                MaskBoundary.Radius(tolerance, height, width)));

    /// <summary>Intersection over union of an object's pixels; 1 where it is in neither.</summary>
    public static double Overlap(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> truth, byte label)
    {
        var (both, answered) = (0L, 0L);
        for (var i = 0; i < answer.Length; i++)
        {
            var found = answer[i] == label;
            answered += found ? 1 : 0;
            both += found && truth[i] == label ? 1 : 0;
        }

        var union = answered + truth.Count(label) - both;
        return union == 0 ? 1 : (double)both / union;
    }
}
