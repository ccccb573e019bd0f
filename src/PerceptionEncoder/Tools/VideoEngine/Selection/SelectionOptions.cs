using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>Which clips of some shards are worth captioning.</summary>
public sealed record SelectionOptions
{
    /// <summary>Paths, folders or patterns of tars with clips or stored frames.</summary>
    public required IReadOnlyList<string> Shards { get; init; }

    /// <summary>Folder for the measures, the choice and the report.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// Encodes the clips, so that near-duplicates are found by what they show, and the best are kept of each kind of clip and not of all
    /// together; null goes without.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>The tokenizer's file, where it is not beside the checkpoint.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>Frames of a clip that are encoded. 8, as published for video.</summary>
    public int Frames { get; init; } = 8;

    /// <summary>Kinds that clips are sorted into by k-means; 0 for the root of their number.</summary>
    public int Clusters { get; init; }

    /// <summary>Share of each kind that is kept, the best of it.</summary>
    public double Keep { get; init; } = 0.5;

    /// <summary>Shorter clips are dropped; stored frames have no length.</summary>
    public double LeastSeconds { get; init; } = 1;

    /// <summary>Longer clips are dropped.</summary>
    public double MostSeconds { get; init; } = 120;

    /// <summary>Clips with more cuts are dropped: a caption is about one scene.</summary>
    public int MostCuts { get; init; } = 3;

    /// <summary>Clips with a larger share of black frames are dropped.</summary>
    public double MostBlack { get; init; } = 0.5;

    /// <summary>Clips of which a larger share stands still are dropped.</summary>
    public double MostStill { get; init; } = 0.9;

    /// <summary>Clips are one whose hashes differ in at most so many of 64 bits, on average over three frames; below 0 none are.</summary>
    public double HashDistance { get; init; } = 6;

    /// <summary>Cosine of features from which two clips are one; above 1 none are.</summary>
    public double Cosine { get; init; } = 0.97;

    /// <summary>
    /// A table (CSV, TSV, JSONL, Parquet) with the columns <c>key</c> and <c>label</c> (1 good, 0 bad): a scorer is trained on these and
    /// ranks all clips. Null ranks by motion.
    /// </summary>
    public string? Labels { get; init; }

    /// <summary>Asked of a multimodal model about each clip that the rules keep; null asks nothing.</summary>
    public ClipQuestionsConfig? Questions { get; init; }

    /// <summary>Whether kept samples are copied to shards of their own, below the output folder.</summary>
    public bool Copy { get; init; }

    /// <summary>Of the first centres and the parts of cross-validation.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>Clips measured at a time; 0 takes one per processor.</summary>
    public int Workers { get; init; }

    /// <summary>Where the encoder computes.</summary>
    public ComputeOptions? Compute { get; init; }

    /// <summary>Its arithmetic.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <exception cref="UserErrorException">A number is out of its range.</exception>
    internal void Check()
    {
        (string Name, double Value, double Least, double Most)[] numbers =
        [
            ("--frames", Frames, 1, 64), ("--clusters", Clusters, 0, 1 << 20), ("--keep", Keep, 0, 1),
            ("--least-seconds", LeastSeconds, 0, double.MaxValue), ("--most-seconds", MostSeconds, LeastSeconds, double.MaxValue),
            ("--most-cuts", MostCuts, 0, int.MaxValue), ("--most-black", MostBlack, 0, 1), ("--most-still", MostStill, 0, 1),
            ("--hash-distance", HashDistance, -1, 64), ("--cosine", Cosine, 0, 2),
        ];
        foreach (var (name, value, least, most) in numbers)
        {
            if (!(value >= least && value <= most))
            {
                throw new UserErrorException(FormattableString.Invariant($"{name} {value}: is a number from {least:0.##} ")
                    + (most < int.MaxValue ? FormattableString.Invariant($"to {most:0.##}.") : "on."));
            }
        }
    }
}
