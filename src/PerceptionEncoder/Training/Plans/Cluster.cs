namespace PerceptionEncoder.Training.Plans;

/// <summary>The machines that a run is planned for: ranks alike, a device each.</summary>
public sealed record Cluster
{
    /// <summary>
    /// Share of its peak at which a device computes unless told otherwise: measured on an H100 for a contrastive step of L/14-336 in bf16,
    /// 30.6% and 30.9% (docs/gpu.md).
    /// </summary>
    public const double MeasuredUtilization = 0.3;

    /// <summary>Ranks.</summary>
    public required int Ranks { get; init; }

    /// <summary>What each has.</summary>
    public required PlannedDevice Device { get; init; }

    /// <summary>Bytes a second that a rank sends while it receives as many.</summary>
    public double NetworkRate { get; init; } = 50e9;

    /// <summary>Share of its peak at which the device computes.</summary>
    public double Utilization { get; init; } = MeasuredUtilization;

    /// <summary>
    /// Pairs a second of one device at the last stage, each encoded once and no block twice, as <c>pe bench step</c> measures them: takes
    /// the place of peak and utilisation.
    /// </summary>
    public double? PairsPerSecond { get; init; }

    /// <summary>Money for an hour of one device; null where it is not known.</summary>
    public double? CostPerHour { get; init; }
}
