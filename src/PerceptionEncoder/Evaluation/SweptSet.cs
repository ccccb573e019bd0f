using PerceptionEncoder.Evaluation.Probes;

namespace PerceptionEncoder.Evaluation;

/// <summary>A labelled set of a sweep.</summary>
public sealed record SweptSet
{
    /// <summary>Where it is.</summary>
    public required ProbeSetOptions Set { get; init; }

    /// <summary>What is measured on it, all from one pass over each of its parts.</summary>
    public required IReadOnlyList<ProbeTask> Tasks { get; init; }
}
