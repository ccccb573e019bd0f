using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B batch · D, E clip dimensions of student and teacher · T tile
/// <summary>
/// Contrastive distillation [2.4, C.3]: the student's distribution over the texts of each image, and over the images of each text, follows
/// the teacher's by KL. In tiles of similarities, as <see cref="TiledContrastiveLoss"/>.
/// </summary>
public static class TiledDistillationLoss
{
    /// <summary>The loss and its gradients by the student; nothing is recorded for autograd.</summary>
    /// <param name="image">[B, D], the student's, at unit length; computed in float32 whatever the dtype.</param>
    /// <param name="text">[B, D], the student's, at unit length.</param>
    /// <param name="logitScale">Scalar factor on the student's similarities.</param>
    /// <param name="teacherImage">[B, E] at unit length.</param>
    /// <param name="teacherText">[B, E] at unit length.</param>
    /// <param name="teacherScale">Factor on the teacher's similarities.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <returns>The mean over the batch and both directions of KL(teacher || student), in nats.</returns>
    public static PairLoss Of(
        Tensor image,
        Tensor text,
        Tensor logitScale,
        Tensor teacherImage,
        Tensor teacherText,
        double teacherScale,
        int tile = PairLoss.DefaultTile)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var (images, texts, scale) = (image.to(float32), text.to(float32), logitScale.to(float32));
        var student = new Similarities(images * scale, texts);
        var teacher = new Similarities(teacherImage.to(float32) * Scalars.Of(teacherScale), teacherText.to(float32));
        var batch = images.shape[0];
        foreach (var (rows, columns) in Tile.Cover(batch, tile))
        {
            using var inner = NewDisposeScope();
            student.AddToSums(rows, columns);
            teacher.AddToSums(rows, columns);
        }

        // With s and t the logarithms of the student's and the teacher's shares: loss = Σ exp(t) (t - s), and d loss / d logit = exp(s) -
        // exp(t).
        var (loss, dImage, dText) = (zeros([], device: images.device), zeros_like(images), zeros_like(texts));
        foreach (var (rows, columns) in Tile.Cover(batch, tile))
        {
            using var inner = NewDisposeScope();
            var weights = zeros(rows.Length, columns.Length, device: images.device);
            foreach (var (s, t) in student.LogShares(rows, columns).Zip(teacher.LogShares(rows, columns)))
            {
                var wanted = t.exp();
                loss.add_((wanted * (t - s)).sum(), Scalars.One);
                weights.add_(s.exp_(), Scalars.One).sub_(wanted);
            }

            rows.Of(dImage).addmm_(weights, columns.Of(texts));
            columns.Of(dText).addmm_(weights.t(), rows.Of(images));
        }

        var pairs = Scalars.Of(2 * batch);
        var dScale = (images * dImage).sum() / pairs;                                    // a logit's derivative by the scale is its cosine
        return new PairLoss(
            loss.div_(pairs).MoveToOuterDisposeScope(),
            dImage.mul_(scale / pairs).MoveToOuterDisposeScope(),
            dText.mul_(scale / pairs).MoveToOuterDisposeScope(),
            dScale.MoveToOuterDisposeScope());
    }

    /// <summary>One model's scaled similarities, a tile at a time, and their sums over rows and columns.</summary>
    private sealed class Similarities(Tensor scaledImages, Tensor texts)
    {
        // log Σ exp over the texts of each image
        private readonly Tensor ofImages = Lowest(scaledImages);
        // and the other way round
        private readonly Tensor ofTexts = Lowest(texts);

        public void AddToSums(Tile rows, Tile columns)
        {
            var logits = Logits(rows, columns);
            rows.Of(ofImages).copy_(rows.Of(ofImages).logaddexp(logits.logsumexp(1)));
            columns.Of(ofTexts).copy_(columns.Of(ofTexts).logaddexp(logits.logsumexp(0)));
        }

        /// <summary>Logarithms of each pair's share among the texts of its image, and among the images of its text.</summary>
        public Tensor[] LogShares(Tile rows, Tile columns)
        {
            var logits = Logits(rows, columns);
            return [logits - rows.Of(ofImages).unsqueeze(1), logits - columns.Of(ofTexts)];
        }

        private static Tensor Lowest(Tensor features)
            => full(features.shape[0], Scalars.Of(double.NegativeInfinity), float32, features.device);

        private Tensor Logits(Tile rows, Tile columns) => matmul(rows.Of(scaledImages), columns.Of(texts).t());
    }
}
