using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B batch · D clip dimension · T tile
/// <summary>
/// <see cref="ContrastiveLoss"/> of a whole batch with its gradients, in tiles of similarities: memory grows with B, not with its square,
/// and both directions share each tile's matrix product.
/// </summary>
public static class TiledContrastiveLoss
{
    /// <summary>The loss and its gradients; nothing is recorded for autograd.</summary>
    /// <param name="image">[B, D] at unit length; computed in float32 whatever the dtype, so call it outside autocast.</param>
    /// <param name="text">[B, D] at unit length; row i belongs to row i of the images.</param>
    /// <param name="logitScale">Scalar factor on the similarities.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    public static PairLoss Of(Tensor image, Tensor text, Tensor logitScale, int tile = PairLoss.DefaultTile)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var (images, texts, scale) = (image.to(float32), text.to(float32), logitScale.to(float32));
        var batch = images.shape[0];
        var scaled = images * scale;
        var lowest = Scalars.Of(double.NegativeInfinity);
        var ofImages = full(batch, lowest, float32, images.device);                      // log Σ exp over the texts of each image
        var ofTexts = full(batch, lowest, float32, images.device);                       // and the other way round
        Tensor? only = null;
        foreach (var (rows, columns) in Tile.Cover(batch, tile))
        {
            using var inner = NewDisposeScope();
            var logits = matmul(rows.Of(scaled), columns.Of(texts).t());
            rows.Of(ofImages).copy_(rows.Of(ofImages).logaddexp(logits.logsumexp(1)));
            columns.Of(ofTexts).copy_(columns.Of(ofTexts).logaddexp(logits.logsumexp(0)));
            only = batch <= tile ? logits.MoveToOuterDisposeScope() : null;
        }

        // d loss / d logit = (softmax over its row + softmax over its column - 2 on the diagonal) / 2B
        var (dImage, dText) = (zeros_like(images), zeros_like(texts));
        foreach (var (rows, columns) in Tile.Cover(batch, tile))
        {
            using var inner = NewDisposeScope();
            var logits = only ?? matmul(rows.Of(scaled), columns.Of(texts).t());
            var weights = (logits - columns.Of(ofTexts)).exp_();
            weights.add_(logits.sub_(rows.Of(ofImages).unsqueeze(1)).exp_(), Scalars.One);
            rows.Of(dImage).addmm_(weights, columns.Of(texts));
            columns.Of(dText).addmm_(weights.t(), rows.Of(images));
        }

        var cosines = (images * texts).sum(1);
        var pairs = Scalars.Of(2 * batch);
        // a logit's derivative by the scale is its cosine
        var dScale = ((images * dImage).sum() - (cosines.sum() * Scalars.Of(2))) / pairs;
        return new PairLoss(
            (ofImages.add(ofTexts, Scalars.One).mean() / Scalars.Of(2) - (cosines.mean() * scale)).MoveToOuterDisposeScope(),
            dImage.add_(texts, alpha: Scalars.Of(-2)).mul_(scale / pairs).MoveToOuterDisposeScope(),
            dText.add_(images, alpha: Scalars.Of(-2)).mul_(scale / pairs).MoveToOuterDisposeScope(),
            dScale.MoveToOuterDisposeScope());
    }
}
