using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Both towers, or the vision tower alone, of a checkpoint's weights.</summary>
public static class ClipLoading
{
    /// <summary>Both towers, in eval mode, in float32.</summary>
    /// <param name="weights">Of a contrastive model.</param>
    /// <param name="imageSize">
    /// Side of the square input in pixels; absolute positions are interpolated. Null for the checkpoint's own.
    /// </param>
    /// <param name="device">Where they are to be; null for the CPU.</param>
    /// <exception cref="UserErrorException">There is no text tower, or the tensors are not those of the architecture.</exception>
    public static ClipModel LoadClip(this ModelWeights weights, int? imageSize = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return (ClipModel)weights.Load(weights.ClipArchitecture().At(imageSize), device);
    }

    /// <summary>The vision tower alone, in eval mode, in float32 on the CPU.</summary>
    /// <param name="weights">Of a contrastive model or a vision tower.</param>
    /// <param name="imageSize">As <see cref="LoadClip"/>.</param>
    /// <exception cref="UserErrorException">The tensors are not those of the architecture.</exception>
    public static VisionTransformer LoadVision(this ModelWeights weights, int? imageSize = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return (VisionTransformer)weights.Load(weights.ArchitectureAs<ClipArchitecture>("vision tower").VisionAlone.At(imageSize));
    }

    /// <summary>The architecture of both towers.</summary>
    /// <exception cref="UserErrorException">There is no text tower.</exception>
    public static ClipArchitecture ClipArchitecture(this ModelWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return weights.ArchitectureAs<ClipArchitecture>("contrastive model") is { Text: not null } both ? both
            : throw new UserErrorException(
                $"{weights.Path}: is a vision tower without text tower. Name a checkpoint of both, such as PE-Core's.");
    }
}
