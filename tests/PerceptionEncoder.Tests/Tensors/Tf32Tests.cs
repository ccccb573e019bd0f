using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

/// <summary>The permission is a setting of the process, which is there without a GPU too.</summary>
public class Tf32Tests
{
    public Tf32Tests() => new ComputeOptions { Device = DeviceKind.Cpu, Tf32 = true }.Prepare();

    [Fact]
    public void A_loss_is_computed_without_it()
    {
        using var scope = NewDisposeScope();
        var (allowed, features) = (true, ones(2, 3).requires_grad_());
        GradientCaching.Accumulate(
            MicroBatches.Of(new Batch(new BatchLayout(), [], new string[2], DataPosition.Start)),
            (_, _) => new EncodedPairs(features * 1, features * 1),
            (images, texts) =>
            {
                allowed = backends.cuda.matmul.allow_tf32;
                return TiledContrastiveLoss.Of(images, texts, ones([]));
            },
            new Parameter(zeros([])),
            World.Single);
        Assert.False(allowed);
        Assert.True(backends.cuda.matmul.allow_tf32);           // for the next pass of the model
    }

    [Fact]
    public void A_probe_by_Lbfgs_is_fitted_without_it()
    {
        using var scope = NewDisposeScope();
        var allowed = new List<bool>();
        new Lbfgs(new LbfgsOptions()).Minimize(ones(2), point =>
        {
            allowed.Add(backends.cuda.matmul.allow_tf32);
            return (point.square().sum().ToDouble(), 2 * point);
        });
        Assert.NotEmpty(allowed);
        Assert.DoesNotContain(true, allowed);
        Assert.True(backends.cuda.matmul.allow_tf32);
    }

    [Fact]
    public void What_was_computed_with_it_is_named_so_that_kept_features_are_never_taken_for_float32s()
    {
        Assert.Equal("tf32 on meta", Precision.Fp32.Products(META));
        Assert.Equal("bf16 on meta", Precision.Bf16.Products(META));
        Assert.Equal($"fp32 by {MatmulBackend.Name}", Precision.Fp32.Products(CPU));
        new ComputeOptions { Device = DeviceKind.Cpu }.Prepare();
        Assert.Equal("fp32 on meta", Precision.Fp32.Products(META));
    }
}
