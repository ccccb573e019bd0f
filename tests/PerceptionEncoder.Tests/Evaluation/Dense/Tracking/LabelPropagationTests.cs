using CsCheck;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Tracking;

public class LabelPropagationTests
{
    /// <summary>Sums of a few float32 products in another order.</summary>
    private const double Rounding = 1e-5;

    [Fact]
    public void Tiles_of_any_size_give_what_a_loop_over_patches_gives()
    {
        TorchRuntime.Initialize();
        Gen.Select(
            Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 4], Gen.Int[0, 5].Select(half => half / 2.0),
            Gen.Bool.Select(round => round ? NeighborhoodShape.Circle : NeighborhoodShape.Square),
            Gen.Int[0, 3], Gen.Int[0, 4000], Gen.Int[1, 1000])
            .Sample(
                (height, width, nearest, radius, shape, last, memory, seed) =>
                {
                    using var scope = NewDisposeScope();
                    manual_seed(seed);
                    var options = new PropagationOptions
                    {
                        Last = last, Nearest = nearest, Radius = radius, Shape = shape, Temperature = 0.1, Memory = memory + 1,
                    };
                    var features = randn(5, height, width, 6);
                    var given = rand(height, width, 3);
                    using var propagation = new LabelPropagation(features[0], given, options);
                    var labels = new List<float[,,]> { Numbers(given) };
                    var units = Enumerable.Range(0, 5).Select(frame => Numbers(nn.functional.normalize(features[frame], dim: -1)))
                        .ToArray();
                    for (var frame = 1; frame < 5; frame++)
                    {
                        var own = Numbers(propagation.Next(features[frame]));
                        int[] context = [0, .. Enumerable.Range(1, frame - 1).TakeLast(last)];
                        Same(ByLoop(units[frame], context.Select(each => (units[each], labels[each])), options), own);
                        labels.Add(own);
                    }
                },
                iter: 60,
                threads: 1);
    }

    [Fact]
    public void All_that_tie_at_the_last_place_count()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        var features = ones(1, 6, 2);
        var options = new PropagationOptions
        {
            Last = 0, Nearest = 2, Radius = 0, Shape = NeighborhoodShape.Square, Temperature = 0.1,
        };
        using var propagation = new LabelPropagation(features, arange(6, float32).view(1, 6, 1), options);
        Assert.Equal(2.5f, propagation.Next(features)[0, 3, 0].item<float>(), 1e-5f);
    }

    [Fact]
    public void No_tensor_is_left()
    {
        TorchRuntime.Initialize();
        var before = LiveTensors.Count();
        for (var turn = 0; turn < 2; turn++)
        {
            using var scope = NewDisposeScope();
            var options = new PropagationOptions
            {
                Last = 2, Nearest = 3, Radius = 2, Shape = NeighborhoodShape.Circle, Temperature = 0.2, Memory = 1,
            };
            using var propagation = new LabelPropagation(rand(5, 6, 4), rand(5, 6, 2), options);
            for (var frame = 0; frame < 4; frame++)
            {
                propagation.Next(rand(5, 6, 4)).Dispose();
            }
        }

        Assert.Equal(before, LiveTensors.Count());
    }

    private static float[,,] ByLoop(
        float[,,] current,
        IEnumerable<(float[,,] Features, float[,,] Labels)> context,
        PropagationOptions options)
    {
        var (height, width) = (current.GetLength(0), current.GetLength(1));
        var all = context.ToArray();
        var result = new float[height, width, all[0].Labels.GetLength(2)];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var found = new List<(float Cosine, int Frame, int Row, int Column)>();
                for (var frame = 0; frame < all.Length; frame++)
                {
                    for (var row = 0; row < height; row++)
                    {
                        for (var column = 0; column < width; column++)
                        {
                            if (IsNear(row - y, column - x, options))
                            {
                                found.Add((Dot(current, y, x, all[frame].Features, row, column), frame, row, column));
                            }
                        }
                    }
                }

                var best = found.OrderByDescending(each => each.Cosine).Take(options.Nearest).ToArray();
                var weights = best.Select(each => Math.Exp((each.Cosine - best[0].Cosine) / options.Temperature)).ToArray();
                foreach (var (each, weight) in best.Zip(weights))
                {
                    for (var label = 0; label < result.GetLength(2); label++)
                    {
                        result[y, x, label] += (float)(weight / weights.Sum() * all[each.Frame].Labels[each.Row, each.Column, label]);
                    }
                }
            }
        }

        return result;
    }

    private static bool IsNear(int down, int across, PropagationOptions options) => options.Radius == 0
        || (options.Shape == NeighborhoodShape.Square
            ? Math.Max(Math.Abs(down), Math.Abs(across)) <= options.Radius
            : (down * down) + (across * across) <= options.Radius * options.Radius);

    private static float Dot(float[,,] left, int y, int x, float[,,] right, int row, int column)
        => Enumerable.Range(0, left.GetLength(2)).Sum(i => left[y, x, i] * right[row, column, i]);

    private static float[,,] Numbers(Tensor values)
    {
        var flat = values.contiguous().data<float>().ToArray();
        var result = new float[values.shape[0], values.shape[1], values.shape[2]];
        Buffer.BlockCopy(flat, 0, result, 0, flat.Length * sizeof(float));
        return result;
    }

    private static void Same(float[,,] expected, float[,,] own)
        => Assert.All(
            expected.Cast<float>().Zip(own.Cast<float>()),
            pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Rounding));
}
