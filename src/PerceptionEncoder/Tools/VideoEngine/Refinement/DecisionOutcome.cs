namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What became of a decision.</summary>
internal enum DecisionOutcome
{
    /// <summary>It is in the state, now or since it was sent before.</summary>
    Saved,

    /// <summary>The lease had ended, and another reviewer has the clip.</summary>
    Taken,

    /// <summary>The clip needs no further review of this reviewer.</summary>
    Closed,
}
