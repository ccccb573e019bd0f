using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>A kernel and a bias as published for a convolution, which the owner may compute as the matrix product that it is.</summary>
internal sealed class KernelLayer : nn.Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    /// <param name="outputs">Channels that come out.</param>
    /// <param name="shape">Of the kernel.</param>
    public KernelLayer(long outputs, params long[] shape)
        : base(nameof(KernelLayer))
    {
        var bound = Math.Sqrt((double)outputs / shape.Aggregate(1L, (product, side) => product * side));
        weight = Initialization.Uniform(bound, shape);
        bias = Initialization.Uniform(bound, outputs);
        RegisterComponents();
    }

    /// <summary>The kernel.</summary>
    public Parameter Weight => weight;

    /// <summary>[outputs].</summary>
    public Parameter Bias => bias;

    /// <summary>A convolution whose kernel is one pixel, of [..., C], to [..., outputs].</summary>
    public Tensor OfPixels(Tensor pixels) => Affine.Apply(pixels, weight.flatten(1), bias);

    /// <summary>A convolution of [B, C, H, W].</summary>
    public Tensor OfPlanes(Tensor planes, long stride, long padding = 0)
        => nn.functional.conv2d(planes, weight, bias, strides: [stride, stride], padding: [padding, padding]);
}
