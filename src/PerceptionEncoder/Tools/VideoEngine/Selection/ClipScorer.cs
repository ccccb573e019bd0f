using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

// n clips · D numbers of a clip
/// <summary>
/// Tells good clips from bad ones as some labelled examples do: logistic regression on the measures, and on the encoder's feature where
/// there is one.
/// </summary>
internal sealed class ClipScorer
{
    private const double Penalty = 0.1;
    private const int Parts = 5;
    private static readonly SelectionOptions Presets = new() { Shards = [], Output = "" };

    private readonly double[] probabilities;

    private ClipScorer(double[] probabilities, double auc, double deviation, int examples)
        => (this.probabilities, Auc, Deviation, Examples) = (probabilities, auc, deviation, examples);

    /// <summary>Area under the ROC curve on examples that were left out of training: 1 is perfect, 0.5 is chance.</summary>
    public double Auc { get; }

    /// <summary>Of the areas of the parts of cross-validation.</summary>
    public double Deviation { get; }

    /// <summary>Labelled clips.</summary>
    public int Examples { get; }

    /// <summary>Probability that a clip is good.</summary>
    public double this[int clip] => probabilities[clip];

    /// <summary>The same for a larger list of clips, in which those that it knows stand at other places.</summary>
    /// <param name="place">Of each clip of the larger list among those it knows.</param>
    public ClipScorer Among(IReadOnlyDictionary<int, int> place)
    {
        var spread = new double[place.Count == 0 ? 0 : place.Keys.Max() + 1];
        foreach (var (clip, known) in place)
        {
            spread[clip] = probabilities[known];
        }

        return new ClipScorer(spread, Auc, Deviation, Examples);
    }

    /// <summary>Trains it.</summary>
    /// <param name="clips">All of them, with measures.</param>
    /// <param name="labels">Whether a clip is good, by its index; the others are not labelled.</param>
    /// <param name="options">
    /// Seed of the parts of cross-validation, and from where on two clips are one: such ones are in the same part, so that none is told by
    /// the copy of it that was trained on.
    /// </param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="UserErrorException">Fewer than two good or two bad ones.</exception>
    public static ClipScorer Train(
        IReadOnlyList<MeasuredClip> clips,
        IReadOnlyDictionary<int, bool> labels,
        SelectionOptions options,
        CancellationToken cancellation)
    {
        // Duplicates that are not dropped, which the options may ask for, are copies all the same.
        var groups = ClipDuplicates.Groups(
            clips,
            [.. labels.Keys.Order()],
            Math.Max(options.HashDistance, Presets.HashDistance),
            Math.Min(options.Cosine, Presets.Cosine),
            cancellation);
        int[][] kinds = [Different(false), Different(true)];
        if (kinds.Any(kind => kind.Length < 2))
        {
            throw new UserErrorException($"the labels name {kinds[1].Length} good and {kinds[0].Length} bad clips of these shards, "
                + "copies aside; a scorer takes at least two of each, and becomes useful with some fifty.");
        }

        using var scope = NewDisposeScope();
        var numbers = clips.Select(Numbers).ToArray();
        var partOf = new Dictionary<int, int>();
        var parts = Math.Min(Parts, kinds.Min(kind => kind.Length));
        var random = new SampleRandom(options.Seed);
        foreach (var kind in kinds)
        {
            random.Shuffle<int>(kind);
            foreach (var (place, clip) in kind.Index())
            {
                partOf[clip] = place % parts;
            }
        }

        var areas = Enumerable.Range(0, parts).Select(part =>
        {
            int[] left = [.. labels.Keys.Where(clip => partOf[groups[clip]] == part).Order()];
            int[] used = [.. labels.Keys.Where(clip => partOf[groups[clip]] != part).Order()];
            var guessed = Probabilities(numbers, labels, used, left, cancellation);
            return Area([.. left.Select((clip, place) => (guessed[place], labels[clip]))]);
        }).ToArray();
        int[] all = [.. Enumerable.Range(0, clips.Count)];
        return new ClipScorer(
            Probabilities(numbers, labels, [.. labels.Keys.Order()], all, cancellation),
            areas.Average(),
            Math.Sqrt(areas.Average(area => Math.Pow(area - areas.Average(), 2))),
            labels.Count);

        int[] Different(bool isGood) => [.. groups.Values.Distinct().Where(clip => labels[clip] == isGood).Order()];
    }

    /// <summary>The share of pairs of a good and a bad one in which the good one has the higher score; a tie is half.</summary>
    public static double Area(IReadOnlyList<(double Score, bool IsGood)> examples)
    {
        var (before, sum) = (0.0, 0.0);
        foreach (var tied in examples.GroupBy(example => example.Score).OrderBy(group => group.Key))
        {
            double good = tied.Count(example => example.IsGood), bad = tied.Count() - good;
            sum += good * (before + (bad / 2));
            before += bad;
        }

        double all = examples.Count(example => example.IsGood);
        return all == 0 || before == 0 ? double.NaN : sum / (all * before);
    }

    /// <returns>Of the asked, trained on the used.</returns>
    private static double[] Probabilities(
        float[][] numbers,
        IReadOnlyDictionary<int, bool> labels,
        int[] used,
        int[] asked,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var rows = Rows(numbers, used);                                                          // [n, D]
        var standardization = Standardization.Of(rows);
        var targets = tensor(used.Select(clip => labels[clip] ? 1L : 0L).ToArray());
        var classifier = new LogisticRegression(standardization.Apply(rows), targets, 2).Fit(Penalty, null, cancellation);
        var scores = LogisticRegression.Scores(standardization.Apply(Rows(numbers, asked)), classifier);
        return [.. scores.to(float64).softmax(-1).select(1, 1).contiguous().data<double>()];
    }

    private static Tensor Rows(float[][] numbers, int[] which)
        => tensor(which.SelectMany(row => numbers[row]).ToArray()).view(which.Length, numbers[0].Length);

    /// <summary>What the regression sees of a clip. Lengths come as logarithms: twice as long means the same of any length.</summary>
    private static float[] Numbers(MeasuredClip clip) =>
    [
        (float)Math.Log(1 + clip.Seconds), (float)Math.Log(1 + Math.Min(clip.Width, clip.Height)),
        (float)Math.Log(1e-4 + (clip.Motion ?? 0)), clip.Motion is null ? 0 : 1, (float)Math.Sqrt(clip.MotionVariance ?? 0),
        (float)clip.Frames!.Difference, (float)(clip.Frames.Cuts / Math.Max(1, clip.Seconds)), (float)clip.Frames.Black,
        (float)clip.Frames.Still, (float)clip.Frames.Brightness, .. clip.Answers.Select(answer => (float)answer.Number),
        .. clip.Embedding is null ? [] : ClipFeatures.Unpacked(clip.Embedding),
    ];
}
