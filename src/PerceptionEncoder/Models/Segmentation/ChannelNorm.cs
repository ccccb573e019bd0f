using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>LayerNorm over the channels, the last dimension.</summary>
internal sealed class ChannelNorm : nn.Module<Tensor, Tensor>
{
    /// <summary>Of the trunk and of norms between convolutions.</summary>
    public const double Small = 1e-6;

    /// <summary>Of the mask decoder's transformer.</summary>
    public const double Usual = 1e-5;

    private readonly double epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    public ChannelNorm(long width, double epsilon)
        : base(nameof(ChannelNorm))
    {
        this.epsilon = epsilon;
        weight = Initialization.Constant(1, width);
        bias = Initialization.Constant(0, width);
        RegisterComponents();
    }

    /// <summary>[..., C] to [..., C].</summary>
    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, [weight.shape[0]], weight, bias, epsilon);

    /// <summary>[B, C, H, W] to [B, C, H, W].</summary>
    public Tensor OfPlanes(Tensor planes) => forward(planes.permute(0, 2, 3, 1)).permute(0, 3, 1, 2);
}
