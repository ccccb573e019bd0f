using PerceptionEncoder.Search;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.VideoEngine.Selection;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Selection;

public sealed class MiniBatchKMeansTests
{
    public MiniBatchKMeansTests() => TorchRuntime.Initialize();

    [Fact]
    public void Groups_that_are_apart_are_found_whatever_their_sizes()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        int[] sizes = [2000, 700, 300, 60, 20];
        var hidden = nn.functional.normalize(randn(sizes.Length, 32), dim: -1);
        var rows = nn.functional.normalize(
            cat([.. sizes.Select((size, group) => hidden[group].unsqueeze(0) + (randn(size, 32) * 0.004))]),
            dim: -1);
        var centres = MiniBatchKMeans.Centres(rows, sizes.Length, 17, default);
        var nearest = SphericalKMeans.Nearest(rows, centres).Centers.data<long>().ToArray();
        var start = 0;
        var taken = new HashSet<long>();
        foreach (var size in sizes)
        {
            var own = Assert.Single(nearest[start..(start + size)].Distinct());
            Assert.True(taken.Add(own));
            start += size;
        }

        Assert.InRange((centres.norm(1, keepdim: false, p: 2) - 1).abs().max().ToDouble(), 0, 1e-5);
    }

    [Fact]
    public void The_same_rows_give_the_same_centres_and_are_nearly_as_good_as_by_passes_over_all()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var rows = nn.functional.normalize(randn(5000, 24), dim: -1);
        var centres = MiniBatchKMeans.Centres(rows, 60, 17, default);
        Assert.True(centres.equal(MiniBatchKMeans.Centres(rows, 60, 17, default)).all().ToBoolean());
        var own = SphericalKMeans.Nearest(rows, centres).Products.mean().ToDouble();
        var byPasses = SphericalKMeans.Nearest(rows, SphericalKMeans.Centers(rows, 60, 20, default)).Products.mean().ToDouble();
        Assert.InRange(own, 0.97 * byPasses, 1);
        var half = MiniBatchKMeans.Centres(rows.to(float16), 60, 17, default);
        Assert.InRange(SphericalKMeans.Nearest(rows, half).Products.mean().ToDouble(), 0.97 * byPasses, 1);
    }

    [Fact]
    public void As_many_centres_as_rows_or_rows_that_are_all_one_are_no_trouble()
    {
        using var scope = NewDisposeScope();
        var rows = eye(7);
        Assert.InRange(SphericalKMeans.Nearest(rows, MiniBatchKMeans.Centres(rows, 7, 1, default)).Products.min().ToDouble(), 0.999, 1.001);
        var same = ones(50, 4) / 2;
        Assert.InRange(SphericalKMeans.Nearest(same, MiniBatchKMeans.Centres(same, 3, 1, default)).Products.min().ToDouble(), 0.999, 1.001);
        Assert.Throws<OperationCanceledException>(() => MiniBatchKMeans.Centres(rows, 2, 1, new CancellationToken(true)));
    }

    [Fact]
    public void Nothing_but_the_centres_is_left()
    {
        using var rows = nn.functional.normalize(randn(300, 8), dim: -1);
        MiniBatchKMeans.Centres(rows, 4, 1, default).Dispose();
        var before = LiveTensors.Count();
        using (MiniBatchKMeans.Centres(rows, 4, 1, default))
        {
            Assert.Equal(before + 1, LiveTensors.Count());
        }
    }
}
