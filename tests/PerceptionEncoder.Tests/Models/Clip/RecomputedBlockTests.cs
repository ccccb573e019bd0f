using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class RecomputedBlockTests
{
    private static readonly ClipOptions Small = new()
    {
        Vision = new VisionOptions
        {
            ImageSize = 16,
            PatchSize = 4,
            Width = 16,
            Layers = 5,
            Heads = 2,
            PoolingHeads = 2,
            OutputDim = 8,
            DropPath = 0.4,
            LayerScale = 0.5,
        },
        Text = new TextOptions { ContextLength = 8, VocabularySize = 20, Width = 16, Layers = 3, Heads = 2, OutputDim = 8 },
    };

    public RecomputedBlockTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(1, true)]
    public void Gradients_are_those_of_a_tower_that_keeps_everything_to_the_last_bit(int every, bool narrow)
    {
        var (kept, keptLoss) = Gradients(0, narrow, frozenEmbedding: false);
        var (recomputed, recomputedLoss) = Gradients(every, narrow, frozenEmbedding: false);
        Assert.Equal(keptLoss, recomputedLoss);
        foreach (var (name, gradient) in kept)
        {
            Assert.True(gradient.SequenceEqual(recomputed[name]), name);
        }
    }

    [Fact]
    public void Blocks_above_a_frozen_embedding_still_learn()
    {
        var (kept, _) = Gradients(0, narrow: false, frozenEmbedding: true);
        var (recomputed, _) = Gradients(1, narrow: false, frozenEmbedding: true);
        Assert.Contains("visual.transformer.resblocks.0.mlp.c_fc.weight", kept.Keys);
        Assert.DoesNotContain("visual.conv1.weight", kept.Keys);
        Assert.Equal(kept.Keys.Order(StringComparer.Ordinal), recomputed.Keys.Order(StringComparer.Ordinal));
        Assert.All(kept, entry => Assert.True(entry.Value.SequenceEqual(recomputed[entry.Key]), entry.Key));
    }

    [Fact]
    public void Steps_leave_no_tensors_behind()
    {
        manual_seed(1);
        using var model = new ClipModel(Small);
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (1, 1);
        model.train();
        using var images = rand(3, 3, 16, 16);
        long Live()
        {
            using (var scope = NewDisposeScope())
            {
                model.zero_grad();
                model.EncodeImage(images).sum().backward();
            }

            return LiveTensors.Count();
        }

        Live();
        var before = Live();
        for (var step = 0; step < 10; step++)
        {
            Live();
        }

        Assert.Equal(before, Live());
    }

    [Fact]
    public void A_backward_pass_on_a_thread_without_a_dispose_scope_leaves_no_tensors_to_the_collector()
    {
        // As autograd's own threads, which do the backward passes of a GPU, have none.
        manual_seed(1);
        using var model = new ClipModel(Small);
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (1, 1);
        model.train();
        using var images = rand(3, 3, 16, 16);
        void MicroBatch()
        {
            Tensor loss;
            using (NewDisposeScope())
            {
                loss = model.EncodeImage(images).sum().DetachFromDisposeScope();
            }

            using (loss)
            {
                BackwardPass.Run(loss);
            }
        }

        MicroBatch();
        var before = LiveTensors.Count();
        for (var i = 0; i < 30; i++)
        {
            MicroBatch();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_failure_while_a_block_is_computed_again_does_not_end_the_process()
    {
        using var scope = NewDisposeScope();
        using var model = new ClipModel(Small);
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (1, 1);
        model.train();
        var loss = model.EncodeImage(rand(3, 3, 16, 16)).sum();
        var (name, parameter) = model.named_parameters().First(entry => entry.name == "visual.transformer.resblocks.2.mlp.c_fc.weight");
        parameter.Dispose();
        Assert.ThrowsAny<Exception>(() => BackwardPass.Run(loss));
        Assert.All(
            model.named_parameters().Where(entry => entry.name.StartsWith("visual.transformer.resblocks.1.", StringComparison.Ordinal)),
            entry => Assert.True(entry.parameter.grad is null, $"{entry.name} has a gradient that went past {name}"));
    }

    private static (Dictionary<string, float[]> ByName, float Loss) Gradients(int every, bool narrow, bool frozenEmbedding)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var model = new ClipModel(Small);
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (every, every);
        model.train();
        foreach (var (name, parameter) in model.named_parameters())
        {
            parameter.requires_grad = !(frozenEmbedding
                && (name.Contains("embedding", StringComparison.Ordinal)
                    || name.Contains("conv1", StringComparison.Ordinal)
                    || name.Contains("ln_pre", StringComparison.Ordinal)));
        }

        manual_seed(2);
        var images = rand(3, 3, 16, 16);
        var tokens = randint(1, 19, [3, 8]);
        Tensor loss;
        using (Autocast.Enter(CPU, narrow ? ScalarType.BFloat16 : ScalarType.Float32))
        {
            var both = model.EncodeImage(images).to(float32) * model.EncodeText(tokens).to(float32);
            loss = both.pow(2).sum();
        }

        loss.backward();
        return (
            model.named_parameters().Where(entry => entry.parameter.grad is not null)
                .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.data<float>().ToArray()),
            loss.item<float>());
    }
}
