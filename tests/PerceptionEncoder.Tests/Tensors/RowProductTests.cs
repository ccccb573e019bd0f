using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Golden;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public class RowProductTests
{
    public RowProductTests() => TorchRuntime.Initialize();

    [SkippableTheory]
    [InlineData(1, 64, 3)]
    [InlineData(4, 96, 131)]                                                     // an odd number of vectors, and several pieces
    [InlineData(2, 2048, 64)]
    public void It_is_torchs_product_in_float32_rounded_once(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (input, weight) = (randn(rows, 1, inputs).to(bfloat16), randn(outputs, inputs).to(bfloat16));
        Skip.IfNot(RowProduct.Serves(input, weight), "the CPU has no vectors of 512 bits");
        var exact = matmul(input.to(float64), weight.to(float64).t());
        var found = RowProduct.Apply(input, weight);
        Assert.Equal([rows, 1, outputs], found.shape);
        var ulps = ((found.to(float64) - exact) / (exact.abs() + (0.01 * Math.Sqrt(inputs)))).abs().max().item<double>();
        Assert.InRange(ulps, 0, 1.0 / 256);                                      // bfloat16 has 8 bits
    }

    [SkippableFact]
    public void A_row_is_the_same_alone_and_among_others_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (input, weight) = (randn(4, 256).to(bfloat16), randn(200, 256).to(bfloat16));
        Skip.IfNot(RowProduct.Serves(input, weight), "the CPU has no vectors of 512 bits");
        var together = RowProduct.Apply(input, weight);
        Assert.Equal(0, GoldenFolder.MaxDifference(together.narrow(0, 2, 1), RowProduct.Apply(input.narrow(0, 2, 1), weight)));
    }

    [Fact]
    public void It_serves_no_gradient_no_other_type_and_no_more_rows_than_few()
    {
        using var scope = NewDisposeScope();
        var weight = randn(8, 64).to(bfloat16);
        Assert.False(RowProduct.Serves(ones([1, 64], bfloat16), weight));
        using var noGradient = no_grad();
        Assert.False(RowProduct.Serves(ones([1, 64], float32), weight));
        Assert.False(RowProduct.Serves(ones([1, 64], float32), weight.to(float32)));
        Assert.False(RowProduct.Serves(ones([5, 64], bfloat16), weight));
        Assert.False(RowProduct.Serves(ones([1, 33], bfloat16), randn(8, 33).to(bfloat16)));
        Assert.False(RowProduct.Serves(ones([1, 8 * 8], bfloat16), randn(64, 8).to(bfloat16).t()));
    }
}
