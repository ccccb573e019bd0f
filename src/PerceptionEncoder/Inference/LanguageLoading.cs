using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>A language model of a checkpoint's weights.</summary>
public static class LanguageLoading
{
    /// <summary>The whole model, in eval mode.</summary>
    /// <param name="weights">Of a decoder, alone or with a vision tower.</param>
    /// <param name="imageSize">
    /// Side of the square input in pixels; absolute positions are interpolated. Null for the checkpoint's own.
    /// </param>
    /// <param name="device">Where it is to be; null for the CPU.</param>
    /// <param name="type">Element type of its weights: what it computes in.</param>
    /// <exception cref="UserErrorException">It is no language model, or the tensors are not those of the architecture.</exception>
    public static LanguageModel LoadLanguage(
        this ModelWeights weights,
        int? imageSize = null,
        Device? device = null,
        ScalarType type = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return (LanguageModel)weights.Load(weights.ArchitectureAs<LanguageArchitecture>("language model").At(imageSize), device, type);
    }
}
