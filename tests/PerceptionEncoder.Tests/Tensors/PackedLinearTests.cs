using PerceptionEncoder.Models.Layers;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class PackedLinearTests
{
    public PackedLinearTests() => TorchRuntime.Initialize();

    [SkippableFact]
    public void Packed_weights_multiply_as_float32_on_every_CPU()
    {
        Skip.IfNot(PackedLinear.Offers(float32), "this build of libtorch cannot pack weights");
        Assert.InRange(MatmulAccuracy.Error(MatmulProducts.Packed), 1e-9, MatmulAccuracy.Limit / 5);
    }

    [SkippableTheory]
    [InlineData(ScalarType.Float32, 2e-6)]
    [InlineData(ScalarType.BFloat16, 1e-2)]
    public void A_layer_whose_weights_are_kept_gives_what_it_gave_for_any_number_of_rows(ScalarType type, double tolerance)
    {
        Skip.IfNot(PackedLinear.Offers(type), $"this CPU cannot pack weights of {type}");
        MatmulBackend.Use(MatmulBackend.Exact[^1]);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var narrow = Autocast.Enter(CPU, type);
        using var kept = Autocast.KeepCasts(pack: true);
        foreach (var outputs in new[] { 96, 80, 1, 192 })                       // libtorch packs 80 wrongly, and 96 for other rows
        {
            var (weight, bias) = (randn(outputs, 64), randn(outputs));
            foreach (var shape in new long[][] { [2, 7, 64], [5, 64], [1, 64], [2, 3, 4, 64] })
            {
                var input = randn(shape);
                var actual = Affine.Apply(input, weight, bias);
                var expected = nn.functional.linear(input.to(type), weight.to(type), bias.to(type));
                Assert.Equal(expected.shape, actual.shape);
                Assert.Equal(type, actual.dtype);
                Assert.InRange(((actual - expected).to(float32).norm() / expected.to(float32).norm()).item<float>(), 0, tolerance);
            }
        }
    }

    [SkippableFact]
    public void Weights_are_packed_once_and_freed_with_their_scope_and_never_beside_gradients_or_MKL()
    {
        Skip.IfNot(PackedLinear.Offers(float32), "this build of libtorch cannot pack weights");
        using var scope = NewDisposeScope();
        var (weight, before) = (randn(192, 192), 0L);
        using (no_grad())
        {
            MatmulBackend.Use(CpuMatmul.Mixed);
            before = LiveTensors.Count();
            Assert.Null(Autocast.Packed(weight, 64));
            using (Autocast.KeepCasts(pack: true))
            {
                Assert.NotNull(Autocast.Packed(weight, 64));
                Assert.Same(Autocast.Packed(weight, 64), Autocast.Packed(weight, 64));
                Assert.Null(Autocast.Packed(weight, 5));
                using (enable_grad())
                {
                    Assert.Null(Autocast.Packed(weight, 64));
                }

                MatmulBackend.Use(CpuMatmul.Mkl);
                Assert.Null(Autocast.Packed(weight, 64));
            }

            Assert.Equal(before, LiveTensors.Count());
            using (Autocast.KeepCasts())
            {
                MatmulBackend.Use(CpuMatmul.Mixed);
                Assert.Null(Autocast.Packed(weight, 64));
            }
        }
    }
}
