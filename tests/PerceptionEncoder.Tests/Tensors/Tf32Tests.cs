using PerceptionEncoder.Inference;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Tools.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

/// <summary>The permission is a setting of the process, which is there without a GPU too.</summary>
public class Tf32Tests
{
    public Tf32Tests() => new ComputeOptions { Device = DeviceKind.Cpu, Tf32 = true }.Prepare();

    public static TheoryData<string, Func<Tensor, Tensor>> Exact => new()
    {
        { "dense loss", features => ContrastiveLoss.Symmetric(features, features, ones([])) },
        { "tiled loss", features => TiledContrastiveLoss.Of(features, features, ones([]), tile: 16).Loss },
        { "distillation", features => TiledDistillationLoss.Of(features, features, ones([]), features, features, 1, tile: 16).Loss },
        { "probabilities of captions", features => Encoder.Value.Probabilities(features, features) },
    };

    private static Lazy<ClipEncoder> Encoder { get; } = new(() =>
    {
        var model = new ClipOptions
        {
            Vision = new VisionOptions
            {
                ImageSize = 8, PatchSize = 4, Width = 8, Layers = 1, Heads = 2, PoolingHeads = 2, MlpRatio = 2, OutputDim = 4,
            },
            Text = new TextOptions { Width = 8, Layers = 1, Heads = 2, ContextLength = 4, VocabularySize = 20, OutputDim = 4 },
        };
        return new ClipEncoder(model.Build(), new LetterTokenizer(), CPU);
    });

    [Theory]
    [MemberData(nameof(Exact))]
    public async Task What_is_documented_as_float32_is_computed_without_it_whoever_asks(string name, Func<Tensor, Tensor> compute)
    {
        // Nothing within the computation can look, so that another thread does, until it has seen it.
        using var seen = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var looking = Task.Run(() =>
        {
            while (Tf32.IsAllowed)
            {
                seen.Token.ThrowIfCancellationRequested();
            }
        });
        while (!looking.IsCompleted)
        {
            using var scope = NewDisposeScope();
            compute(ones(64, 4));
            Assert.True(backends.cuda.matmul.allow_tf32, name);  // for the next pass of the model
        }

        await looking;
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
