using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Guards figures against a model that has broken down: ranking NaN would still give numbers.</summary>
internal static class FeatureChecks
{
    /// <returns>The features themselves.</returns>
    /// <exception cref="UserErrorException">One of them is NaN or infinite.</exception>
    public static Tensor RequireFinite(this Tensor features, string kind, string set)
    {
        using var scope = NewDisposeScope();
        return features.isfinite().all().item<bool>()
            ? features
            : throw new UserErrorException($"data set {set}: the model's {kind} features are not finite. "
                + "Its weights are damaged or training has diverged: use an earlier checkpoint.");
    }
}
