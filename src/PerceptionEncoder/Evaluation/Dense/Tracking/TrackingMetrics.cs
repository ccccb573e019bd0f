namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>DAVIS' figures of a set: means over its objects, each of which counts once whatever the length of its clip.</summary>
internal static class TrackingMetrics
{
    /// <summary>Names of the figures.</summary>
    public static IReadOnlyList<string> Names { get; } = ["jf_mean", "j_mean", "j_recall", "j_decay", "f_mean", "f_recall", "f_decay"];

    /// <summary>Compares the masks of one clip, object by object.</summary>
    /// <param name="clip">Name, for the result.</param>
    /// <param name="objects">Number of them; their indices start at 1.</param>
    /// <param name="frames">Answer and truth of each scored frame, [height, width] each.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="width">Pixels.</param>
    public static IReadOnlyList<ObjectScores> Score(
        string clip,
        int objects,
        IEnumerable<(byte[] Answer, byte[] Truth)> frames,
        int height,
        int width)
    {
        var scores = Enumerable.Range(0, objects).Select(_ => new List<MaskScores>()).ToArray();
        foreach (var (answer, truth) in frames)
        {
            Parallel.For(0, objects, i => scores[i].Add(MaskScores.Of(answer, truth, (byte)(i + 1), height, width)));
        }

        return
        [
            .. scores.Select((each, i) => new ObjectScores(
                clip,
                i + 1,
                [.. each.Select(score => score.Region)],
                [.. each.Select(score => score.Boundary)])),
        ];
    }

    /// <summary>The figures, as fractions, by their <see cref="Names"/>; without those that are no numbers.</summary>
    /// <param name="objects">Of all clips.</param>
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<ObjectScores> objects)
    {
        ScoreStatistics[] regions = [.. objects.Select(each => ScoreStatistics.Of(each.Region))];
        ScoreStatistics[] boundaries = [.. objects.Select(each => ScoreStatistics.Of(each.Boundary))];
        var (region, boundary) = (Mean(regions), Mean(boundaries));
        double[] values =
        [
            (region.Mean + boundary.Mean) / 2,
            region.Mean, region.Recall, region.Decay, boundary.Mean, boundary.Recall, boundary.Decay,
        ];
        return Names.Zip(values).Where(pair => !double.IsNaN(pair.Second))
            .ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    private static ScoreStatistics Mean(ScoreStatistics[] all) => new(
        ScoreStatistics.MeanOfNumbers(all.Select(each => each.Mean)),
        ScoreStatistics.MeanOfNumbers(all.Select(each => each.Recall)),
        ScoreStatistics.MeanOfNumbers(all.Select(each => each.Decay)));
}
