using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>A convolution that keeps the size, under the name it has inside published heads.</summary>
internal sealed class DptConvolution : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d convolution;

    public DptConvolution(long inputs, long outputs, int kernel, bool bias)
        : base(nameof(DptConvolution))
    {
        convolution = nn.Conv2d(inputs, outputs, kernel, padding: kernel / 2, bias: bias);
        RegisterComponents();
    }

    /// <summary>[B, inputs, h, w] to [B, outputs, h, w].</summary>
    public override Tensor forward(Tensor maps) => convolution.call(maps);
}
