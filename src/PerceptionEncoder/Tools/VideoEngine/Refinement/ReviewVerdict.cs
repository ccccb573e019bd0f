namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What a reviewer says of a draft.</summary>
internal enum ReviewVerdict
{
    /// <summary>Right as it is.</summary>
    Accepted,

    /// <summary>Right after a change.</summary>
    Edited,

    /// <summary>Of no use.</summary>
    Rejected,

    /// <summary>Wrong in the flagged words, and left so.</summary>
    Flagged,

    /// <summary>Left to others; no review of the clip.</summary>
    Skipped,
}
