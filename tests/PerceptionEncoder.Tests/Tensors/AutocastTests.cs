using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public class AutocastTests
{
    [Fact]
    public void Inside_the_scope_products_are_bfloat16_and_gradients_stay_float32()
    {
        TorchRuntime.Initialize();
        manual_seed(1);
        using var scope = NewDisposeScope();
        var (x, w) = (rand(4, 8), rand(8, 8).requires_grad_());
        using (var autocast = Autocast.Enter(CPU, bfloat16))
        {
            var y = matmul(x, w);
            Assert.Equal(bfloat16, y.dtype);
            Assert.True(y.eq(matmul(x.to(bfloat16), w.to(bfloat16))).all().item<bool>());
            y.to(float32).sum().backward();
        }

        Assert.Equal(float32, w.grad!.dtype);
        Assert.Equal(float32, matmul(x, w).dtype);
    }

    [Fact]
    public void Nested_scopes_restore_what_was_there()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        var x = rand(4, 4);
        using (Autocast.Enter(CPU, bfloat16))
        {
            using (Autocast.Enter(CPU, float16))
            {
                Assert.Equal(float16, matmul(x, x).dtype);
            }

            Assert.Equal(bfloat16, matmul(x, x).dtype);
        }

        Assert.Equal(float32, matmul(x, x).dtype);
    }

    [Fact]
    public void A_parameter_is_cast_with_its_gradient_or_once_and_kept()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        var w = rand(4, 4).requires_grad_();
        Assert.Same(w, Autocast.Cast(w));
        using (Autocast.KeepCasts())
        using (Autocast.Enter(CPU, bfloat16))
        {
            var wide = rand(4, 4, float64);
            Assert.Same(wide, Autocast.Cast(wide));
            Autocast.Cast(w).to(float32).sum().backward();
            Assert.Equal(16, w.grad!.sum().item<float>());
            using var noGradient = no_grad();
            var before = Tensor.TotalCount;
            Tensor narrow;
            using (Autocast.KeepCasts())
            {
                narrow = Autocast.Cast(w);
            }

            Assert.Same(narrow, Autocast.Cast(w));
            Assert.Equal((bfloat16, before + 1), (narrow.dtype, Tensor.TotalCount));
        }

        using (no_grad())
        using (Autocast.Enter(CPU, bfloat16))
        {
            Assert.NotSame(Autocast.Cast(w), Autocast.Cast(w));
        }
    }

    [Fact]
    public void A_scope_belongs_to_its_thread()
    {
        TorchRuntime.Initialize();
        using var autocast = Autocast.Enter(CPU, bfloat16);
        ScalarType? seen = null;
        var other = new Thread(() =>
        {
            using var scope = NewDisposeScope();
            seen = matmul(rand(4, 4), rand(4, 4)).dtype;
        });
        other.Start();
        other.Join();
        Assert.Equal(float32, seen);
    }

    [Fact]
    public void Float32_needs_no_scope()
    {
        TorchRuntime.Initialize();
        Assert.Null(Autocast.Enter(CPU, float32));
    }
}
