using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public class AttentionTests
{
    private const int Batch = 2;
    private const int Heads = 3;
    private const int GridHeight = 2;
    private const int GridWidth = 3;
    private const int Length = GridHeight * GridWidth;

    [Theory]
    [InlineData(8, true, false)]
    [InlineData(8, false, true)]
    [InlineData(9, true, false)]
    [InlineData(10, true, true)]
    public void The_hand_written_gradient_is_that_of_finite_differences(int size, bool rotate, bool causal)
    {
        using var scope = Begin();
        var rotations = rotate ? new Rope2D(size, useClassToken: false).Rotations(GridHeight, GridWidth, CPU) : null;
        var projected = randn([Batch, Length, 3, Heads, size], float64).requires_grad_();
        var (probe, direction) = (randn([Batch, Length, Heads * size], float64), randn([Batch, Length, 3, Heads, size], float64));
        Value(projected).backward();

        const double Step = 1e-3;                               // rope runs in float32 for odd heads, so no smaller
        using var noGrad = no_grad();
        var numeric = (Value(projected + (direction * Step)) - Value(projected - (direction * Step))).item<double>() / (2 * Step);
        var exact = (projected.grad! * direction).sum().item<double>();
        Assert.Equal(numeric, exact, 2e-4 * Math.Max(1, Math.Abs(exact)));

        Tensor Value(Tensor input) => (CpuAttention.Apply(input, rotations, causal) * probe).sum();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Both_ways_give_the_same_result_and_gradient(bool rotate, bool causal)
    {
        using var scope = Begin();
        const int Size = 8;
        var rotations = rotate ? new Rope2D(Size, useClassToken: false).Rotations(GridHeight, GridWidth, CPU) : null;
        var values = randn([Batch, Length, 3, Heads, Size]);
        var (first, second) = (values.clone().requires_grad_(), values.clone().requires_grad_());
        var (byHand, fused) = (CpuAttention.Apply(first, rotations, causal), Attention.Fused(second, rotations, causal));
        byHand.pow(2).sum().backward();
        fused.pow(2).sum().backward();

        Assert.True((byHand - fused).abs().max().item<float>() < 1e-5);
        Assert.True((first.grad! - second.grad!).abs().max().item<float>() < 1e-4);
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Queries_and_keys_turned_together_are_those_turned_apart(ScalarType type, bool eachImageItsOwn)
    {
        using var scope = Begin();
        const int Size = 8;
        var rotations = new Rope2D(Size, useClassToken: false).Rotations(GridHeight, GridWidth, CPU);
        if (eachImageItsOwn)
        {
            rotations = stack([rotations, rotations.flip(0)]).unsqueeze(1);              // [B, 1, N, r], as patch dropout leaves them
        }

        var values = randn([Batch, Length, 3, Heads, Size], type);
        var (first, second) = (values.clone().requires_grad_(), values.clone().requires_grad_());
        var heads = first.transpose(1, 3).unbind(2);
        var apart = nn.functional.scaled_dot_product_attention(
            Rope2D.Rotate(heads[0], rotations), Rope2D.Rotate(heads[1], rotations), heads[2]).transpose(1, 2).flatten(2);
        var together = Attention.Fused(second, rotations, causal: false);
        apart.sum().backward();
        together.sum().backward();
        Assert.True(Apart(apart, together) < 1e-6);             // another layout in memory adds up in another order
        Assert.True(Apart(first.grad!, second.grad!) < 1e-6);

        double Apart(Tensor one, Tensor other) => (one - other).to(float32).norm().item<float>() / one.to(float32).norm().item<float>();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_weights_shown_are_those_that_mix_the_values(bool rotate, bool causal)
    {
        using var scope = Begin();
        const int Size = 8;
        var rotations = rotate ? new Rope2D(Size, useClassToken: false).Rotations(GridHeight, GridWidth, CPU) : null;
        var projected = randn([Batch, Length, 3, Heads, Size]);
        var mixed = matmul(Attention.Weights(projected, rotations, causal), projected.select(2, 2).transpose(1, 2))
            .transpose(1, 2)
            .flatten(2);
        Assert.True((mixed - Attention.Apply(projected, rotations, causal)).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void The_input_is_left_as_it_was()
    {
        using var scope = Begin();
        var rotations = new Rope2D(8, useClassToken: false).Rotations(GridHeight, GridWidth, CPU);
        var projected = randn([Batch, Length, 3, Heads, 8]);
        var copy = projected.clone();
        CpuAttention.Apply(projected, rotations, causal: false);
        Assert.True(projected.eq(copy).all().item<bool>());
    }

    private static TorchSharp.DisposeScope Begin()
    {
        TorchRuntime.Initialize();
        manual_seed(9);
        return NewDisposeScope();
    }
}
