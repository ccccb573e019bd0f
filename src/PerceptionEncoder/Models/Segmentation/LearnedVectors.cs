using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Learned vectors that are taken as they are.</summary>
internal sealed class LearnedVectors : nn.Module
{
    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public LearnedVectors(long rows, long width)
        : base(nameof(LearnedVectors))
    {
        weight = Initialization.Normal(1, rows, width);
        RegisterComponents();
    }

    /// <summary>[rows, width].</summary>
    public Parameter Rows => weight;
}
