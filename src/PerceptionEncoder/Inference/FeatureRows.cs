using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Features as arrays.</summary>
public static class FeatureRows
{
    /// <summary>Copies a matrix to arrays, one a row.</summary>
    /// <param name="features">[N, C] on any device; stays the caller's.</param>
    /// <returns>N arrays of C numbers.</returns>
    /// <exception cref="ArgumentException">It is no matrix.</exception>
    public static float[][] ToRows(this Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2)
        {
            throw new ArgumentException($"[{string.Join(", ", features.shape)}] is no matrix of features", nameof(features));
        }

        using var scope = NewDisposeScope();
        return features.shape[0] == 0 ? [] : [.. features.to(float32).cpu().data<float>().ToArray().Chunk((int)features.shape[1])];
    }
}
