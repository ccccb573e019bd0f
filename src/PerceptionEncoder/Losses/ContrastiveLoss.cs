using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Losses;

// B batch · b rows of this rank · D clip dimension
/// <summary>
/// Symmetric cross entropy over cosine similarities: each image finds its text among all texts, and the other way round [2.1].
/// </summary>
public static class ContrastiveLoss
{
    /// <summary>The loss of a whole batch; row i of one side belongs to row i of the other.</summary>
    /// <param name="image">[B, D] at unit length; computed in float32 whatever the dtype, so call it outside autocast.</param>
    /// <param name="text">[B, D] at unit length.</param>
    /// <param name="logitScale">Scalar factor on the similarities: exp of the learned logarithm.</param>
    /// <returns>Scalar: the mean of both directions.</returns>
    public static Tensor Symmetric(Tensor image, Tensor text, Tensor logitScale) => Symmetric(image, text, image, text, 0, logitScale);

    /// <summary>
    /// The loss of one rank's rows against the features gathered from all ranks; the mean over ranks is the loss of the whole batch.
    /// </summary>
    /// <param name="image">[b, D], this rank's.</param>
    /// <param name="text">[b, D], this rank's.</param>
    /// <param name="allImages">[B, D], gathered in rank order.</param>
    /// <param name="allTexts">[B, D], gathered in rank order.</param>
    /// <param name="firstRow">Where this rank's rows start in the gathered ones.</param>
    /// <param name="logitScale">Scalar factor on the similarities.</param>
    /// <returns>Scalar: the mean of both directions over this rank's rows.</returns>
    public static Tensor Symmetric(Tensor image, Tensor text, Tensor allImages, Tensor allTexts, long firstRow, Tensor logitScale)
    {
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();                        // of this pass; the caller's backward pass is the caller's
        var target = arange(Scalars.Of(firstRow), Scalars.Of(firstRow + image.shape[0]), Scalars.One, int64, image.device);
        var imageToText = functional.cross_entropy(logitScale * matmul(image.to(float32), allTexts.to(float32).t()), target);
        var textToImage = functional.cross_entropy(logitScale * matmul(text.to(float32), allImages.to(float32).t()), target);
        return (imageToText.add(textToImage, Scalars.One) / Scalars.Of(2)).MoveToOuterDisposeScope();
    }
}
