using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

/// <summary>What is counted against what the allocator has handed out while a graph is alive.</summary>
public sealed class ActivationCountTests
{
    private const int Batch = 16;
    private const double Tolerance = 0.1;       // headers of many small blocks, and vectors of a token that are not counted

    private static readonly VisionOptions Tower = new()
    {
        ImageSize = 96, PatchSize = 8, Width = 128, Layers = 4, Heads = 4, OutputDim = 64, PoolingHeads = 4,
    };

    public ActivationCountTests() => TorchRuntime.Initialize();

    [SkippableTheory]
    [InlineData(96, 0, ScalarType.Float32)]     // 145 tokens: the CPU keeps the weights of attention
    [InlineData(96, 1, ScalarType.Float32)]
    [InlineData(96, 2, ScalarType.Float32)]
    [InlineData(264, 0, ScalarType.Float32)]    // 1,090 tokens: the fused kernel everywhere
    [InlineData(264, 1, ScalarType.BFloat16)]
    [InlineData(264, 0, ScalarType.BFloat16)]
    public void What_a_vision_tower_keeps_for_its_backward_pass_is_foretold(int side, int recomputeEvery, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var tower = new VisionTransformer(Tower with { ImageSize = side });
        (tower.RecomputeEvery, var batch) = (recomputeEvery, side > 200 ? 4 : Batch);
        var images = rand(batch, 3, side, side);
        var pixels = sizeof(float) * images.numel();            // there before the pass; counted, as training makes them from bytes
        var kept = Kept(type, () => tower.call(images)) + pixels;
        var count = new ActivationCount(type == ScalarType.BFloat16 ? 2 : 4, IsCpu: true);
        AssertClose(batch * count.Vision(tower.Options, side, recomputeEvery), kept - Copies(tower, type, recomputeEvery));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_a_text_tower_keeps_for_its_backward_pass_is_foretold(int recomputeEvery)
    {
        using var scope = NewDisposeScope();
        var options = new TextOptions { Width = 128, Layers = 4, Heads = 4, VocabularySize = 512, OutputDim = 64 };
        using var tower = new TextTransformer(options) { RecomputeEvery = recomputeEvery };
        var tokens = randint(1, 511, [4 * Batch, options.ContextLength], int64);
        tokens.select(1, options.ContextLength - 1).fill_(511);
        var kept = Kept(ScalarType.Float32, () => tower.call(tokens));
        AssertClose(4 * Batch * new ActivationCount(4, IsCpu: true).Text(options, options.ContextLength, recomputeEvery), kept);
    }

    [Fact]
    public void A_block_of_bf16_with_rotary_positions_keeps_forty_bytes_of_each_channel_of_a_token()
    {
        // norms 2 (4 + 2); q, k, v 6, turned q and k 4, their sum 2; before and after GELU 16; four bytes of each head of a token
        var count = new ActivationCount(2, IsCpu: false);
        var (more, fewer) = (count.Vision(Tower, 96, 0), count.Vision(Tower with { Layers = 3 }, 96, 0));
        Assert.Equal(145 * ((40 * 128) + (4 * 4)), more - fewer);
        Assert.Equal(145 * 4 * 128, count.Vision(Tower, 96, 1) - count.Vision(Tower with { Layers = 3 }, 96, 1));
        Assert.Equal(more - fewer, count.Vision(Tower, 96, 0, frozenLayers: 1) - count.Vision(Tower, 96, 0, frozenLayers: 2));
    }

    private static double Kept(ScalarType type, Func<Tensor> forward)
    {
        Skip.If(AllocatedMemory.Bytes() is null, "this system's allocator does not tell");
        forward().Dispose();                                    // tables and workspaces that stay
        LiveTensors.FreeDropped();

        // Threads of earlier tests may end at any moment, and give back the workspaces that libraries keep for each.
        return Enumerable.Range(0, 3).Select(_ => Once()).Order().ElementAt(1);

        double Once()
        {
            var before = AllocatedMemory.Bytes()!.Value;
            Tensor features;
            using (Autocast.Enter(CPU, type))
            {
                features = forward();
            }

            var kept = AllocatedMemory.Bytes()!.Value - before;
            features.Dispose();
            return kept;
        }
    }

    /// <summary>Narrow copies of the weights that are part of the graph: those of the blocks that are not computed again.</summary>
    private static double Copies(VisionTransformer tower, ScalarType type, int recomputeEvery)
        => type != ScalarType.BFloat16 ? 0
            : sizeof(ushort) * (double)tower.named_parameters()
                .Where(entry => recomputeEvery == 0 || !entry.name.Contains("resblocks", StringComparison.Ordinal)
                    || entry.name.Contains($"resblocks.{tower.Options.Layers - 1}.", StringComparison.Ordinal))
                .Sum(entry => entry.parameter.numel());

    private static void AssertClose(double counted, double kept)
        => Assert.True(
            Math.Abs((counted / kept) - 1) < Tolerance,
            FormattableString.Invariant($"counted {counted / 1e6:0.00} MB, and {kept / 1e6:0.00} MB are kept"));
}
