using PerceptionEncoder.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>The learned part of a projector, numbered as published: the activation between the layers is number 1.</summary>
internal sealed class ProjectorLayers : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "0")]
    private readonly LinearLayer first;

    [ComponentName(Name = "2")]
    private readonly LinearLayer? second;

    public ProjectorLayers(int inputs, int outputs, ProjectorKind kind)
        : base(nameof(ProjectorLayers))
    {
        first = new LinearLayer(inputs, outputs);
        second = kind == ProjectorKind.Mlp ? new LinearLayer(outputs, outputs) : null;
        RegisterComponents();
    }

    /// <summary>[..., features] to [..., D], a tensor of its own.</summary>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        var projected = Affine.Apply(features, first);
        return (second is null ? projected : Affine.Apply(projected.gelu(), second)).MoveToOuterDisposeScope();
    }
}
