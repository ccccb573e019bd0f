using PerceptionEncoder.Evaluation.Visualization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class PrincipalComponentsTests : IDisposable
{
    private readonly DisposeScope scope;

    public PrincipalComponentsTests()
    {
        TorchRuntime.Initialize();
        manual_seed(2);
        scope = NewDisposeScope();
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Directions_and_shares_of_a_stretched_cloud_are_found()
    {
        var axes = linalg.qr(randn(6, 6, float64)).Q;
        var rows = matmul(randn(4000, 6, float64) * tensor(new[] { 9.0, 5, 3, 0.1, 0.1, 0.1 }), axes.t()) + 7;

        var found = PrincipalComponents.Of(rows, 3);

        for (var i = 0; i < 3; i++)
        {
            Assert.True(matmul(found.Directions.select(1, i), axes.select(1, i)).abs().ToDouble() > 0.999);
        }

        Assert.True((matmul(found.Directions.t(), found.Directions) - eye(3, dtype: float64)).abs().max().ToDouble() < 1e-12);
        Assert.Equal(81.0 / (81 + 25 + 9), found.Shares[0], 0.02);
        Assert.Equal(found.Shares[1] / found.Shares[0], (found.Project(rows).var(0)[1] / found.Project(rows).var(0)[0]).ToDouble(), 1e-6);
    }

    [Fact]
    public void The_sign_does_not_depend_on_the_order_of_the_rows()
    {
        var rows = randn(50, 8, float64) * arange(1, 9, dtype: float64);
        var found = PrincipalComponents.Of(rows, 3).Directions;

        Assert.True((found - PrincipalComponents.Of(rows.flip(0), 3).Directions).abs().max().ToDouble() < 1e-9);
        // mirrored rows
        Assert.True((found - PrincipalComponents.Of(2 * rows.mean([0]) - rows, 3).Directions).abs().max().ToDouble() < 1e-9);
        Assert.True((found.gather(0, found.abs().argmax(0, keepdim: true)) > 0).all().item<bool>());
    }
}
