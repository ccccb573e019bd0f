using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Search;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

// N rows · K centres · C the dimension · B rows of a batch · S rows of a sample
/// <summary>
/// Centres of many unit vectors by cosine, found on batches drawn from them, so that beyond some size time no longer grows with the rows.
/// The same rows and seed give the same centres.
/// </summary>
/// <remarks>
/// D. Sculley: Web-scale k-means clustering, 2010, with means brought to unit length; first centres by D. Arthur, S. Vassilvitskii:
/// k-means++, 2007, on a sample.
/// </remarks>
internal static class MiniBatchKMeans
{
    private const int SamplePerCentre = 16;
    private const int LeastSample = 4096;
    private const int RowsPerCentre = 4;        // of a batch
    private const int LeastBatch = 1024;
    private const int Passes = 4;               // over all rows, as if each came once
    private const int LeastSteps = 80;
    private const int MostSteps = 2000;
    private const int Rescue = 20;              // steps between looks for centres without rows

    /// <summary>Finds the centres.</summary>
    /// <param name="rows">[N, C] at unit length, of any floating type, on the CPU.</param>
    /// <param name="centres">K, at most N.</param>
    /// <param name="seed">Of all draws.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>float32 [K, C] at unit length, in the caller's scope.</returns>
    public static Tensor Centres(Tensor rows, int centres, ulong seed, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var count = rows.shape[0];
        var random = new SampleRandom(seed);
        var batch = (int)Math.Min(count, Math.Max(LeastBatch, RowsPerCentre * centres));
        var steps = Math.Clamp(Passes * count / batch, LeastSteps, MostSteps);
        var sums = Seeds(rows, centres, ref random, cancellation);                       // [K, C], of all rows that a centre ever had
        var found = sums.clone();
        var had = new long[centres];
        for (var step = 1; step <= steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var turn = NewDisposeScope();
            var which = new long[batch];
            foreach (ref var row in which.AsSpan())
            {
                row = (long)(random.NextUnit() * count);
            }

            var drawn = Take(rows, which);                                               // [B, C]
            var (nearest, cosines) = SphericalKMeans.Nearest(drawn, found);
            sums.index_add_(0, nearest, drawn, Scalars.One);
            foreach (var centre in nearest.data<long>())
            {
                had[centre]++;
            }

            if (step % Rescue == 0)
            {
                Replace(sums, had, drawn, cosines);
            }

            if (step == steps / 2)
            {
                // Rows that came first went to centres that were yet to move: the second half finds the means anew.
                sums.div_(sums.norm(1, keepdim: true, p: 2).clamp_min(Scalars.Of(1e-12)));
            }

            found.copy_(sums).div_(sums.norm(1, keepdim: true, p: 2).clamp_min(Scalars.Of(1e-12)));
        }

        return found.MoveToOuterDisposeScope();
    }

    /// <summary>First centres, each drawn by its squared distance to the nearest of those before.</summary>
    private static Tensor Seeds(Tensor rows, int centres, ref SampleRandom random, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var count = (int)rows.shape[0];
        var size = (int)Math.Min(count, Math.Max(LeastSample, (long)SamplePerCentre * centres));
        var order = Enumerable.Range(0, count).Select(row => (long)row).ToArray();
        for (var place = 0; place < size; place++)
        {
            var other = place + random.NextBelow(count - place);
            (order[place], order[other]) = (order[other], order[place]);
        }

        var sample = Take(rows, order[..size]);                                          // [S, C]
        var distances = Enumerable.Repeat(1.0, size).ToArray();
        var chosen = new long[centres];
        for (var centre = 0; centre < centres; centre++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var turn = NewDisposeScope();
            chosen[centre] = Drawn(distances, random.NextUnit());
            var cosines = matmul(sample, sample.select(0, chosen[centre]));              // [S]
            var place = 0;
            foreach (var cosine in cosines.data<float>())
            {
                distances[place] = Math.Max(0, Math.Min(distances[place], 1 - cosine));
                place++;
            }
        }

        return sample.index_select(0, tensor(chosen)).MoveToOuterDisposeScope();
    }

    /// <summary>A place by weight; where all weights are zero, by its number.</summary>
    private static int Drawn(double[] weights, double unit)
    {
        var left = unit * weights.Sum();
        for (var place = 0; place < weights.Length; place++)
        {
            left -= weights[place];
            if (left < 0)
            {
                return place;
            }
        }

        return (int)(unit * weights.Length);
    }

    /// <summary>Centres that never had a row take those that are farthest from theirs.</summary>
    private static void Replace(Tensor sums, long[] had, Tensor drawn, Tensor cosines)
    {
        long[] empty = [.. Enumerable.Range(0, had.Length).Where(centre => had[centre] == 0).Take((int)drawn.shape[0])
            .Select(centre => (long)centre)];
        if (empty.Length > 0)
        {
            sums.index_copy_(0, tensor(empty), drawn.index_select(0, cosines.argsort().narrow(0, 0, empty.Length)));
        }
    }

    private static Tensor Take(Tensor rows, long[] which)
    {
        using var scope = NewDisposeScope();
        return rows.index_select(0, tensor(which)).to(float32).MoveToOuterDisposeScope();
    }
}
