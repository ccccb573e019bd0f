using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b images · P patches · D width of the student · E of its teacher
/// <summary>
/// A learned product from the channels of a student to those of a teacher of another width, for a smaller tower that follows an aligned one
/// [B.3.1]. No part of the exported model (inferred: the paper does not say how widths meet).
/// </summary>
public sealed class SpatialProjection : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "teacher_projection")]
    private readonly Parameter weight;

    /// <param name="from">D.</param>
    /// <param name="to">E.</param>
    public SpatialProjection(int from, int to)
        : base(nameof(SpatialProjection))
    {
        (From, To) = (from, to);
        weight = Initialization.Normal(Math.Pow(from, -0.5), to, from);
        RegisterComponents();
    }

    /// <summary>D.</summary>
    public int From { get; }

    /// <summary>E.</summary>
    public int To { get; }

    /// <summary>[b, P, D] to [b, P, E].</summary>
    public override Tensor forward(Tensor tokens) => nn.functional.linear(tokens, weight);
}
