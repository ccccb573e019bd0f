namespace PerceptionEncoder.Tools.Ablation;

/// <summary>What one step of an ablation reached, as means over its seeds; null where nothing is measured yet.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Name">The step.</param>
/// <param name="Accuracy">Fraction.</param>
/// <param name="Robustness">Mean of the robustness metrics; null where there are none.</param>
/// <param name="Sets">Each robustness metric, then each further one, as SET/METRIC.</param>
/// <param name="Seeds">Finished runs: no other counts.</param>
public sealed record AblationRow(
    int Number,
    string Name,
    double? Accuracy,
    double? Robustness,
    IReadOnlyList<(string Metric, double? Value)> Sets,
    int Seeds)
{
    /// <summary>Lowest and highest accuracy of the seeds; null where nothing is measured yet.</summary>
    public (double Lowest, double Highest)? Spread { get; init; }
}
