using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>How far apart two results are that should be one.</summary>
internal static class Closeness
{
    /// <summary>A tensor that is smaller than this share of the largest is compared by that: it holds little but rounding.</summary>
    private const double Negligible = 1e-3;

    /// <summary>The largest difference of two entries over the largest entry.</summary>
    /// <param name="expected">Any shape, dtype and device.</param>
    /// <param name="actual">The same shape.</param>
    public static double Relative(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        return Largest(Wide(expected) - Wide(actual)) / Math.Max(Largest(expected), double.Epsilon);
    }

    /// <summary>The same of tensors by name, the worst of them; infinite where one has a name that the other has not.</summary>
    public static double Relative(IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual)
    {
        if (expected.Count == 0 || !expected.Keys.ToHashSet().SetEquals(actual.Keys))
        {
            return double.PositiveInfinity;
        }

        using var scope = NewDisposeScope();
        var least = Negligible * expected.Values.Max(Largest);
        return expected.Max(entry => Largest(Wide(entry.Value) - Wide(actual[entry.Key])) / Math.Max(Largest(entry.Value), least));
    }

    private static double Largest(Tensor tensor) => Wide(tensor).abs().max().item<double>();

    private static Tensor Wide(Tensor tensor) => tensor.detach().cpu().to(float64);
}
