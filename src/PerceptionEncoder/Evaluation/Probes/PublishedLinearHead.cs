using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>InternVL's linear head: a batch norm and a linear classifier, which begins at a deviation of 0.01 and a bias of 0.</summary>
internal sealed class PublishedLinearHead : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-6;
    private const double Deviation = 0.01;

    [ComponentName(Name = "norm")]
    private readonly BatchNorm1d norm;

    [ComponentName(Name = "classifier")]
    private readonly Linear classifier;

    public PublishedLinearHead(int width, int classes)
        : base(nameof(PublishedLinearHead))
    {
        norm = nn.BatchNorm1d(width, eps: Epsilon);
        classifier = nn.Linear(width, classes);
        using (no_grad())
        {
            classifier.weight.normal_(0, Deviation);
            classifier.bias!.zero_();
        }

        RegisterComponents();
    }

    /// <summary>[B, D] to [B, C].</summary>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        return classifier.call(norm.call(features)).MoveToOuterDisposeScope();
    }
}
