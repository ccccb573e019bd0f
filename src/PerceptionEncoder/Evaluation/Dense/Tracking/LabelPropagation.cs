using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

// h, w grid of patches · D width · C labels · t frames compared with · q patches of a tile · k neighbours of one
/// <summary>
/// Carries the labels of a clip's first frame through the clip: each patch gets the labels of the patches most like it among those near it
/// in the first frame and the last few, weighted by a softmax of their cosines. Squares of patches are compared at once with all that is
/// near any of them, so that memory does not grow with the picture.
/// </summary>
/// <remarks>
/// The evaluations by DAVIS of DINO (square neighbourhood, softmax of cosines / 0.1) and DINOv3 (circle, 0.2), which otherwise compute the
/// same. Labels go on as they come out of the softmax; only what is drawn from them is made a mask.
/// </remarks>
internal sealed class LabelPropagation : IDisposable
{
    private const int LargestTile = 16;
    private const int BytesPerPair = 10;                    // the cosine, whether it is among the best, and what top-k takes

    private readonly PropagationOptions options;
    private readonly Tensor features;                       // [1 + last, h, w, D], the first frame and a ring of the others
    private readonly Tensor labels;                         // [1 + last, h, w, C]
    private readonly long height;
    private readonly long width;
    private long seen;                                      // frames after the first

    /// <param name="first">Features of the first frame, [h, w, D], float32.</param>
    /// <param name="given">Its labels, [h, w, C], float32.</param>
    /// <param name="options">How labels go on.</param>
    public LabelPropagation(Tensor first, Tensor given, PropagationOptions options)
    {
        this.options = options;
        (height, width) = (first.shape[0], first.shape[1]);
        features = empty([1 + options.Last, .. first.shape], float32, first.device).DetachFromDisposeScope();
        labels = empty([1 + options.Last, .. given.shape], float32, given.device).DetachFromDisposeScope();
        using var scope = NewDisposeScope();
        features[0].copy_(Directions(first));
        labels[0].copy_(given);
    }

    /// <summary>The labels of the next frame.</summary>
    /// <param name="current">Its features, [h, w, D], float32.</param>
    /// <returns>[h, w, C]; they add up to 1 as those of the first frame do.</returns>
    public Tensor Next(Tensor current)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        current = Directions(current);
        var frames = 1 + Math.Min(seen, options.Last);
        var result = empty([height, width, labels.shape[^1]], float32, labels.device);
        if (options.Radius == 0)
        {
            Everywhere(current, frames, result);
        }
        else
        {
            Nearby(current, frames, result);
        }

        if (options.Last > 0)
        {
            var slot = 1 + (seen % options.Last);
            features[slot].copy_(current);
            labels[slot].copy_(result);
        }

        seen++;
        return result.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        features.Dispose();
        labels.Dispose();
    }

    private static Tensor Directions(Tensor tokens) => nn.functional.normalize(tokens, dim: -1);

    /// <summary>Without a neighbourhood all patches are compared with all, some at a time.</summary>
    private void Everywhere(Tensor current, long frames, Tensor result)
    {
        var keys = features.narrow(0, 0, frames).flatten(0, 2);                                        // [t h w, D]
        var values = labels.narrow(0, 0, frames).flatten(0, 2);                                        // [t h w, C]
        var (queries, target) = (current.flatten(0, 1), result.flatten(0, 1));
        var rows = Math.Clamp(options.Memory / (keys.shape[0] * BytesPerPair), 1, queries.shape[0]);
        for (var start = 0L; start < queries.shape[0]; start += rows)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(rows, queries.shape[0] - start);
            target.narrow(0, start, count).copy_(Weighted(queries.narrow(0, start, count).matmul(keys.t()), values));
        }
    }

    private void Nearby(Tensor current, long frames, Tensor result)
    {
        var reach = (long)Math.Floor(options.Radius);
        var side = Side(frames, reach, current.shape[2]);
        for (var top = 0L; top < height; top += side)
        {
            for (var left = 0L; left < width; left += side)
            {
                using var scope = NewDisposeScope();
                var rows = new Extent(top, Math.Min(side, height - top), reach, height);
                var columns = new Extent(left, Math.Min(side, width - left), reach, width);
                var queries = Window(current, 0, rows.Start, rows.Length, columns.Start, columns.Length).flatten(0, 1);
                var keys = Near(features, frames, rows, columns);                                        // [t n, D]
                var cosines = queries.matmul(keys.t());                                                  // [q, t n]
                cosines.view(queries.shape[0], frames, -1).masked_fill_(
                    Far(rows, columns, current.device).unsqueeze(1),
                    Scalars.Of(double.NegativeInfinity));
                Window(result, 0, rows.Start, rows.Length, columns.Start, columns.Length).copy_(
                    Weighted(cosines, Near(labels, frames, rows, columns)).view(rows.Length, columns.Length, -1));
            }
        }
    }

    /// <summary>Of a tile's square: about the radius, where fewest products are in vain, and as little as the memory asks for.</summary>
    private long Side(long frames, long reach, long features)
    {
        var side = Math.Clamp(reach, 4, LargestTile);
        while (side > 1 && Bytes(side) > options.Memory)
        {
            side--;
        }

        return side;

        long Bytes(long each)
        {
            var keys = frames * Math.Min(height, each + (2 * reach)) * Math.Min(width, each + (2 * reach));
            return keys * ((each * each * BytesPerPair) + (sizeof(float) * features));
        }
    }

    /// <summary>Labels of the rows' best keys, weighted.</summary>
    /// <param name="cosines">[q, n], minus infinity where a key is not compared.</param>
    /// <param name="values">[n, C].</param>
    /// <returns>[q, C].</returns>
    private Tensor Weighted(Tensor cosines, Tensor values)
    {
        var count = Math.Min(options.Nearest, (int)cosines.shape[1]);
        var (best, places) = cosines.topk(count);                                                        // [q, k] each

        // Where fewer than k are near, all of them count; what is far never does.
        var least = best.narrow(1, count - 1, 1).clamp_min(Scalars.Of((double)float.MinValue));
        var most = cosines.ge(least).sum(dim: 1).max().item<long>();
        if (most > count)
        {
            (best, places) = cosines.topk((int)most);                                                    // ties at the k-th place
        }

        var weights = best.masked_fill(best.lt(least), Scalars.Of(double.NegativeInfinity))
            .div(Scalars.Of(options.Temperature)).softmax(1);
        var given = values.index_select(0, places.flatten()).view(places.shape[0], places.shape[1], -1);   // [q, k, C]
        return weights.unsqueeze(1).bmm(given).squeeze(1);
    }

    /// <summary>Everything of the frames that is near a tile, [t n, D].</summary>
    private static Tensor Near(Tensor ring, long frames, Extent rows, Extent columns)
        => Window(ring.narrow(0, 0, frames), 1, rows.NearStart, rows.NearLength, columns.NearStart, columns.NearLength).flatten(0, 2);

    private static Tensor Window(Tensor grid, int dimension, long top, long rows, long left, long columns)
        => grid.narrow(dimension, top, rows).narrow(dimension + 1, left, columns);

    /// <summary>Which of what is near a tile is too far from a patch of it, [q, n].</summary>
    private Tensor Far(Extent rows, Extent columns, Device device)
    {
        var down = rows.Distances(device).view(rows.Length, 1, rows.NearLength, 1);
        var across = columns.Distances(device).view(1, columns.Length, 1, columns.NearLength);
        var far = options.Shape == NeighborhoodShape.Square
            ? maximum(down, across).gt(Scalars.Of(options.Radius))
            : (down * down).add(across * across, Scalars.One).gt(Scalars.Of(options.Radius * options.Radius));
        return far.flatten(2, 3).flatten(0, 1);
    }

    /// <summary>A tile along one side of the grid, and what is near it.</summary>
    private readonly record struct Extent(long Start, long Length, long Reach, long Side)
    {
        public long NearStart => Math.Max(0, Start - Reach);

        public long NearLength => Math.Min(Side, Start + Length + Reach) - NearStart;

        /// <summary>float32 [length, near length].</summary>
        public Tensor Distances(Device device)
            => arange(Start, Start + Length, float32, device).unsqueeze(1)
                .sub(arange(NearStart, NearStart + NearLength, float32, device)).abs();
    }
}
