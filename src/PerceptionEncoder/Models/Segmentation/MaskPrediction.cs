using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

// P prompts · M masks of each · h, w a quarter of the input's sides · D width
/// <summary>What the decoder says of some prompts.</summary>
/// <param name="Logits">float32 [P, M, h, w]: above zero is inside.</param>
/// <param name="Iou">float32 [P, M]: predicted intersection over union of each mask with what is meant.</param>
/// <param name="ObjectScores">float32 [P, 1]: logit of there being anything at the prompt.</param>
/// <param name="MaskTokens">float32 [P, M, D]: what the masks were made of.</param>
public sealed record MaskPrediction(Tensor Logits, Tensor Iou, Tensor ObjectScores, Tensor MaskTokens) : IDisposable
{
    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Logits.Dispose();
        Iou.Dispose();
        ObjectScores.Dispose();
        MaskTokens.Dispose();
    }

    /// <summary>Hands the tensors to the dispose scope around this one.</summary>
    internal MaskPrediction MoveToOuterDisposeScope() => new(
        Logits.MoveToOuterDisposeScope(),
        Iou.MoveToOuterDisposeScope(),
        ObjectScores.MoveToOuterDisposeScope(),
        MaskTokens.MoveToOuterDisposeScope());
}
