namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What is reviewed, and how.</summary>
internal sealed record ReviewOptions
{
    /// <summary>Where the draft of a sample is, unless told otherwise: the engine's caption, PVD's, or a text beside the clip.</summary>
    public static IReadOnlyList<string> UsualDrafts { get; } = ["json.caption", "json.model_caption", "txt"];

    /// <summary>Paths, folders or patterns of tars.</summary>
    public required IReadOnlyList<string> Shards { get; init; }

    /// <summary>SQLite file of the decisions; made where it is absent.</summary>
    public required string State { get; init; }

    /// <summary>Where the draft is, in the words of <c>data.train[].captions</c>; the first that is there and not blank.</summary>
    public IReadOnlyList<string> Drafts { get; init; } = UsualDrafts;

    /// <summary>Share of the clips that two people review, for their agreement.</summary>
    public double DoubleShare { get; init; }

    /// <summary>After so long without a sign of its browser a clip is offered to others.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Decode clips in child processes only.</summary>
    public bool IsolateDecoder { get; init; }
}
