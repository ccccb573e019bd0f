using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B batch of all ranks · b pairs of this rank · D clip dimension · T tile
/// <summary>
/// <see cref="ContrastiveLoss"/> of a whole batch with its gradients, in tiles of similarities: memory grows with B, not with its square,
/// and both directions share each tile's matrix product. Ranks share the rows: each has its own images and all texts.
/// </summary>
public static class TiledContrastiveLoss
{
    /// <summary>The loss and its gradients; nothing is recorded for autograd.</summary>
    /// <param name="image">[b, D] at unit length; computed in float32 whatever the dtype, so call it outside autocast.</param>
    /// <param name="text">[b, D] at unit length; row i belongs to row i of the images.</param>
    /// <param name="logitScale">Scalar factor on the similarities, the same on all ranks; up to 300 where there are several.</param>
    /// <param name="tile">Largest side of a matrix of similarities.</param>
    /// <param name="world">Whose pairs make the batch together, as many of each; null for one process.</param>
    /// <param name="local">
    /// Each rank computes both directions for its own pairs, half again as many products, and no gradient travels.
    /// </param>
    /// <returns>
    /// The loss of the whole batch, its derivatives by this rank's features, and this rank's part of that by the scale.
    /// </returns>
    public static PairLoss Of(
        Tensor image,
        Tensor text,
        Tensor logitScale,
        int tile = PairLoss.DefaultTile,
        World? world = null,
        bool local = false)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var exact = Tf32.Suspend();
        world ??= World.Single;
        var (images, texts, scale) = (image.to(float32), text.to(float32), logitScale.to(float32));
        var sums = local ? OwnPairs(images, texts, scale, tile, world) : SharedTiles(images, texts, scale, tile, world);

        var cosines = (images * texts).sum(1);
        var pairs = Scalars.Of(2 * world.Size * images.shape[0]);
        // a logit's derivative by the scale is its cosine
        var dScale = ((images * sums.Image).sum() - (cosines.sum() * Scalars.Of(2))) / pairs;
        var loss = sums.OfImages.add(sums.OfTexts, Scalars.One).mean() / Scalars.Of(2) - (cosines.mean() * scale);
        world.Collective.AllReduce(loss);
        return new PairLoss(
            (loss / Scalars.Of(world.Size)).MoveToOuterDisposeScope(),
            sums.Image.add_(texts, alpha: Scalars.Of(-2)).mul_(scale / pairs).MoveToOuterDisposeScope(),
            sums.Text.add_(images, alpha: Scalars.Of(-2)).mul_(scale / pairs).MoveToOuterDisposeScope(),
            dScale.MoveToOuterDisposeScope());
    }

    // d loss / d logit = (softmax over its row + softmax over its column - 2 on the diagonal) / 2B
    /// <summary>Each tile once: what it gives to the columns of other ranks goes to them.</summary>
    private static Sums SharedTiles(Tensor images, Tensor texts, Tensor scale, int tile, World world)
    {
        var (own, all) = (images.shape[0], world.Collective.AllGather(texts));
        var scaled = images * scale;
        var ofImages = ColumnSums.Lowest(images);                                    // log Σ exp over the texts of each image
        var ofTexts = ColumnSums.Lowest(all);                                        // and the other way round
        Tensor? only = null;
        foreach (var (rows, columns) in Tile.Cover(own, all.shape[0], tile))
        {
            using var inner = NewDisposeScope();
            var logits = matmul(rows.Of(scaled), columns.Of(all).t());
            rows.Of(ofImages).copy_(rows.Of(ofImages).logaddexp(logits.logsumexp(1)));
            columns.Of(ofTexts).copy_(columns.Of(ofTexts).logaddexp(logits.logsumexp(0)));
            only = all.shape[0] <= tile ? logits.MoveToOuterDisposeScope() : null;
        }

        ofTexts = ColumnSums.OfAllRanks(ofTexts, scale, world);
        var (dImage, dText) = (zeros_like(images), zeros_like(all));
        foreach (var (rows, columns) in Tile.Cover(own, all.shape[0], tile))
        {
            using var inner = NewDisposeScope();
            var logits = only ?? matmul(rows.Of(scaled), columns.Of(all).t());
            var weights = (logits - columns.Of(ofTexts)).exp_();
            weights.add_(logits.sub_(rows.Of(ofImages).unsqueeze(1)).exp_(), Scalars.One);
            rows.Of(dImage).addmm_(weights, columns.Of(all));
            columns.Of(dText).addmm_(weights.t(), rows.Of(images));
        }

        return new Sums(ofImages, ofTexts.narrow(0, world.Rank * own, own), dImage, world.Collective.ReduceScatter(dText));
    }

    /// <summary>Both directions of this rank's own pairs, each against what all ranks have.</summary>
    private static Sums OwnPairs(Tensor images, Tensor texts, Tensor scale, int tile, World world)
    {
        var (allImages, allTexts) = (world.Collective.AllGather(images), world.Collective.AllGather(texts));
        var (ofImages, ofTexts) = (OfRows(images * scale, allTexts, tile), OfRows(texts * scale, allImages, tile));
        var (ofAllImages, ofAllTexts) = (world.Collective.AllGather(ofImages), world.Collective.AllGather(ofTexts));
        return new Sums(
            ofImages,
            ofTexts,
            Weighted(images * scale, allTexts, ofImages, ofAllTexts, tile),
            Weighted(texts * scale, allImages, ofTexts, ofAllImages, tile));
    }

    private static Tensor OfRows(Tensor scaled, Tensor others, int tile)
    {
        var sums = ColumnSums.Lowest(scaled);
        foreach (var (rows, columns) in Tile.Cover(scaled.shape[0], others.shape[0], tile))
        {
            using var inner = NewDisposeScope();
            var logits = matmul(rows.Of(scaled), columns.Of(others).t());
            rows.Of(sums).copy_(rows.Of(sums).logaddexp(logits.logsumexp(1)));
        }

        return sums;
    }

    private static Tensor Weighted(Tensor scaled, Tensor others, Tensor ofRows, Tensor ofColumns, int tile)
    {
        var weighted = zeros_like(scaled);
        foreach (var (rows, columns) in Tile.Cover(scaled.shape[0], others.shape[0], tile))
        {
            using var inner = NewDisposeScope();
            var logits = matmul(rows.Of(scaled), columns.Of(others).t());
            var weights = (logits - columns.Of(ofColumns)).exp_();
            weights.add_(logits.sub_(rows.Of(ofRows).unsqueeze(1)).exp_(), Scalars.One);
            rows.Of(weighted).addmm_(weights, columns.Of(others));
        }

        return weighted;
    }

    /// <param name="OfImages">[b]: log Σ exp over all texts of this rank's images.</param>
    /// <param name="OfTexts">[b]: over all images of its texts.</param>
    /// <param name="Image">[b, D]: all texts, weighted by the softmax over rows and over columns.</param>
    /// <param name="Text">[b, D]: all images likewise.</param>
    private sealed record Sums(Tensor OfImages, Tensor OfTexts, Tensor Image, Tensor Text);
}
