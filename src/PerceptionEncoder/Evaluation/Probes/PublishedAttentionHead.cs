using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B images · N tokens · D width · H heads · h = D/H · C classes
/// <summary>
/// AIM's attention head: tokens through a batch norm without weights; one learned query, keys and values of the tokens without biases; a
/// linear classifier without bias.
/// </summary>
/// <remarks>AIM, arXiv 2401.08541, and its published code; AIMv2 probes with the same.</remarks>
internal sealed class PublishedAttentionHead : nn.Module<Tensor, Tensor>
{
    private const double QueryDeviation = 0.02;
    private const double Epsilon = 1e-6;
    private readonly int heads;

    [ComponentName(Name = "norm")]
    private readonly BatchNorm1d norm;

    [ComponentName(Name = "query")]
    private readonly Parameter query;

    [ComponentName(Name = "keys")]
    private readonly Linear keys;

    [ComponentName(Name = "values")]
    private readonly Linear values;

    [ComponentName(Name = "classifier")]
    private readonly Linear classifier;

    public PublishedAttentionHead(int width, int heads, int classes)
        : base(nameof(PublishedAttentionHead))
    {
        this.heads = heads;
        norm = nn.BatchNorm1d(width, eps: Epsilon, affine: false);
        query = Initialization.Normal(QueryDeviation, width);
        keys = nn.Linear(width, width, hasBias: false);
        values = nn.Linear(width, width, hasBias: false);
        classifier = nn.Linear(width, classes, hasBias: false);
        RegisterComponents();
    }

    /// <summary>[B, N, D] to [B, C].</summary>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (count, width) = (tokens.shape[0], tokens.shape[2]);
        var normed = norm.call(tokens.transpose(1, 2)).transpose(1, 2);
        // [B, H, 1, N]
        var weights = (matmul(query.view(1, heads, 1, -1), Split(keys.call(normed)).transpose(2, 3)) / Math.Sqrt(width / (double)heads))
            .softmax(-1);
        return classifier.call(matmul(weights, Split(values.call(normed))).view(count, width)).MoveToOuterDisposeScope();

        // [B, H, N, h]
        Tensor Split(Tensor projected) => projected.view(count, -1, heads, width / heads).transpose(1, 2);
    }
}
