using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b images · P patches · D width
/// <summary>
/// A frozen tower whose tokens in one of its layers are learned from: in self-distillation [5.2] the student as it was at the start, in the
/// layer that is best for dense tasks.
/// </summary>
public sealed class SpatialTeacher
{
    private readonly VisionTransformer tower;

    /// <param name="tower">On the device of the training, and disposed by the caller; is left in evaluation mode.</param>
    /// <param name="layer">
    /// From 0, or from the end where negative: the 41st of 50 layers for PE-Spatial-G, which is 40. Blocks behind it are not run.
    /// </param>
    /// <param name="resolution">Side of its square input in pixels; null for the student's.</param>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public SpatialTeacher(VisionTransformer tower, int layer, int? resolution = null)
    {
        ArgumentNullException.ThrowIfNull(tower);
        tower.eval();
        (this.tower, Layer, Resolution) = (tower, tower.ResolveLayer(layer), resolution);
    }

    /// <summary>Side of its square input in pixels; null for the student's.</summary>
    public int? Resolution { get; }

    /// <summary>The layer that is learned from, from 0.</summary>
    public int Layer { get; }

    /// <summary>Its shape.</summary>
    public VisionOptions Options => tower.Options;

    /// <summary>Tokens of whole images; no gradients.</summary>
    /// <param name="images">uint8 [b, 3, side, side], as they were augmented.</param>
    /// <param name="resolution">The student's.</param>
    /// <param name="context">Precision.</param>
    /// <returns>[b, P, D], in the caller's dispose scope.</returns>
    internal Tensor Tokens(Tensor images, int resolution, StepContext context)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = Pixels.Normalize(ImageResize.To(images, Resolution ?? resolution));
        using var autocast = context.Precision.Enter(pixels.device);
        return tower.ForwardFeatures(pixels, Layer, stripClassToken: true).MoveToOuterDisposeScope();
    }
}
