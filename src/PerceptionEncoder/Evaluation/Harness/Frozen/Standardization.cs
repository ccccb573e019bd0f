using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

// D features
/// <summary>
/// Brings every feature to mean 0 and deviation 1 over the training rows, so that one penalty fits layers whose features differ in size by
/// orders of magnitude.
/// </summary>
/// <param name="Mean">[D].</param>
/// <param name="Scale">[D]; 1 for a feature that never changes.</param>
internal sealed record Standardization(Tensor Mean, Tensor Scale)
{
    /// <summary>Of float32 rows, [n, D].</summary>
    public static Standardization Of(Tensor rows)
    {
        using var scope = NewDisposeScope();
        var mean = rows.mean([0]);
        var deviation = rows.std(0, unbiased: false);
        var scale = where(deviation > 1e-6, deviation.reciprocal(), ones_like(deviation));
        return new Standardization(mean.MoveToOuterDisposeScope(), scale.MoveToOuterDisposeScope());
    }

    /// <summary>Rows as a probe sees them, in place.</summary>
    /// <param name="rows">float32 [..., D].</param>
    public Tensor Apply(Tensor rows) => rows.sub_(Mean).mul_(Scale);
}
