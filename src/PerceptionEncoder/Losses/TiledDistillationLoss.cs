using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B batch of all ranks · b pairs of this rank · D, E clip dimensions of student and teacher · T tile
/// <summary>
/// Contrastive distillation [2.4, C.3]: the student's distribution over the texts of each image, and over the images of each text, follows
/// the teacher's by KL. In tiles of similarities, whose rows ranks share, as <see cref="TiledContrastiveLoss"/>.
/// </summary>
public static class TiledDistillationLoss
{
    /// <summary>The loss and its gradients by the student; nothing is recorded for autograd.</summary>
    /// <param name="image">[b, D], the student's, at unit length; computed in float32 whatever the dtype.</param>
    /// <param name="text">[b, D], the student's, at unit length.</param>
    /// <param name="logitScale">Scalar factor on the student's similarities.</param>
    /// <param name="teacherImage">[b, E] at unit length.</param>
    /// <param name="teacherText">[b, E] at unit length.</param>
    /// <param name="teacherScale">Factor on the teacher's similarities.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <param name="world">Whose pairs make the batch together, as many of each; null for one process.</param>
    /// <returns>
    /// The mean over the whole batch and both directions of KL(teacher || student), in nats, its derivatives by this rank's features, and
    /// this rank's part of that by the scale.
    /// </returns>
    public static PairLoss Of(
        Tensor image,
        Tensor text,
        Tensor logitScale,
        Tensor teacherImage,
        Tensor teacherText,
        double teacherScale,
        int tile = PairLoss.DefaultTile,
        World? world = null)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        var (images, texts, scale) = (image.to(float32), text.to(float32), logitScale.to(float32));
        world ??= World.Single;
        var all = world.Collective.AllGather(texts);
        var student = new Similarities(images * scale, all);
        var teacher = new Similarities(
            teacherImage.to(float32) * Scalars.Of(teacherScale),
            world.Collective.AllGather(teacherText.to(float32)));
        var (own, batch) = (images.shape[0], all.shape[0]);
        foreach (var (rows, columns) in Tile.Cover(own, batch, tile))
        {
            using var inner = NewDisposeScope();
            student.AddToSums(rows, columns);
            teacher.AddToSums(rows, columns);
        }

        student.AddSumsOfOtherRanks(scale, world);
        teacher.AddSumsOfOtherRanks(tensor(teacherScale), world);

        // With s and t the logarithms of the student's and the teacher's shares: loss = Σ exp(t) (t - s), and d loss / d logit = exp(s) -
        // exp(t).
        var (loss, dImage, dText) = (zeros([], device: images.device), zeros_like(images), zeros_like(all));
        foreach (var (rows, columns) in Tile.Cover(own, batch, tile))
        {
            using var inner = NewDisposeScope();
            var weights = zeros(rows.Length, columns.Length, device: images.device);
            foreach (var (s, t) in student.LogShares(rows, columns).Zip(teacher.LogShares(rows, columns)))
            {
                var wanted = t.exp();
                loss.add_((wanted * (t - s)).sum(), Scalars.One);
                weights.add_(s.exp_(), Scalars.One).sub_(wanted);
            }

            rows.Of(dImage).addmm_(weights, columns.Of(all));
            columns.Of(dText).addmm_(weights.t(), rows.Of(images));
        }

        var pairs = Scalars.Of(2 * batch);
        var dScale = (images * dImage).sum() / pairs;                                    // a logit's derivative by the scale is its cosine
        world.Collective.AllReduce(loss);
        dText = world.Collective.ReduceScatter(dText);
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
        private readonly Tensor ofImages = ColumnSums.Lowest(scaledImages);
        // and the other way round
        private Tensor ofTexts = ColumnSums.Lowest(texts);

        public void AddToSums(Tile rows, Tile columns)
        {
            var logits = Logits(rows, columns);
            rows.Of(ofImages).copy_(rows.Of(ofImages).logaddexp(logits.logsumexp(1)));
            columns.Of(ofTexts).copy_(columns.Of(ofTexts).logaddexp(logits.logsumexp(0)));
        }

        public void AddSumsOfOtherRanks(Tensor scale, World world)
            => ofTexts = ColumnSums.OfAllRanks(ofTexts, scale.to(scaledImages.device), world);

        /// <summary>Logarithms of each pair's share among the texts of its image, and among the images of its text.</summary>
        public Tensor[] LogShares(Tile rows, Tile columns)
        {
            var logits = Logits(rows, columns);
            return [logits - rows.Of(ofImages).unsqueeze(1), logits - columns.Of(ofTexts)];
        }

        private Tensor Logits(Tile rows, Tile columns) => matmul(rows.Of(scaledImages), columns.Of(texts).t());
    }
}
