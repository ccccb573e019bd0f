using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>The tower's own attention pooling with fresh weights, over normed tokens, and a linear classifier.</summary>
internal sealed class AttentionProbeHead : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "norm")]
    private readonly LayerNorm norm;

    [ComponentName(Name = "pool")]
    private readonly AttentionPooling pool;

    [ComponentName(Name = "classifier")]
    private readonly LinearLayer classifier;

    public AttentionProbeHead(int width, int heads, int classes)
        : base(nameof(AttentionProbeHead))
    {
        norm = nn.LayerNorm(width);
        pool = new AttentionPooling(width, heads);
        classifier = new LinearLayer(width, classes);
        RegisterComponents();
    }

    /// <summary>[B, N, D] to [B, C].</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return classifier.call(pool.call(norm.call(tokens))).MoveToOuterDisposeScope();
    }
}
