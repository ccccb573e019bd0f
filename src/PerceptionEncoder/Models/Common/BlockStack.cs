using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>A stack of residual blocks that can stop early or be cut short.</summary>
internal sealed class BlockStack : nn.Module<Tensor, Tensor?, int, Tensor>
{
    [ComponentName(Name = "resblocks")]
    private readonly ModuleList<ResidualAttentionBlock> blocks;

    public BlockStack(TransformerShape shape)
        : base(nameof(BlockStack))
    {
        blocks = nn.ModuleList(Enumerable.Range(0, shape.Layers).Select(_ => new ResidualAttentionBlock(shape)).ToArray());
        RegisterComponents();
    }

    public IReadOnlyList<ResidualAttentionBlock> Blocks => [.. blocks];

    /// <summary>In training every so many-th block is computed again in the backward pass instead of kept; 1 for all, 0 for none.</summary>
    public int RecomputeEvery { get; set; }

    /// <param name="tokens">[B, N, D].</param>
    /// <param name="rotations">Rotary positions, or null.</param>
    /// <param name="layerIndex">The last block to run; negative counts from the end.</param>
    /// <returns>[B, N, D].</returns>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public override Tensor forward(Tensor tokens, Tensor? rotations, int layerIndex) => Run(tokens, rotations, layerIndex, null);

    /// <summary>The same, and shows what every block gives.</summary>
    /// <param name="tokens">[B, N, D].</param>
    /// <param name="rotations">Rotary positions, or null.</param>
    /// <param name="layerIndex">The last block to run; negative counts from the end.</param>
    /// <param name="afterBlock">Gets the index of each block and its output, [B, N, D], which ends with the call.</param>
    /// <returns>[B, N, D].</returns>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public Tensor Run(Tensor tokens, Tensor? rotations, int layerIndex, Action<int, Tensor>? afterBlock)
    {
        var last = Resolve(layerIndex);
        var stream = tokens.alias();
        for (var layer = 0; layer <= last; layer++)
        {
            stream = GradientMark.Before(blocks[layer], stream);

            // The last block's activations would be needed at once: to drop them saves nothing.
            var recompute = RecomputeEvery > 0 && layer < last && layer % RecomputeEvery == 0 && training && is_grad_enabled();
            var next = recompute ? RecomputedBlock.Apply(blocks[layer], stream, rotations) : blocks[layer].call(stream, rotations);
            stream.Dispose();                                   // autograd keeps what it needs
            stream = next;
            if (afterBlock is not null)
            {
                using var scope = NewDisposeScope();
                afterBlock(layer, stream);
            }
        }

        return stream;
    }

    /// <summary>How much each token of a block attends to each other.</summary>
    /// <param name="tokens">[B, N, D], as they enter the first block.</param>
    /// <param name="rotations">Rotary positions, or null.</param>
    /// <param name="layerIndex">The block; negative counts from the end.</param>
    /// <returns>[B, H, N, N]; every row sums to 1.</returns>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public Tensor AttentionWeights(Tensor tokens, Tensor? rotations, int layerIndex)
    {
        using var scope = NewDisposeScope();
        var layer = Resolve(layerIndex);
        var entering = layer == 0 ? tokens : Run(tokens, rotations, layer - 1, null);
        return blocks[layer].AttentionWeights(entering, rotations).MoveToOuterDisposeScope();
    }

    /// <summary>Drops the blocks after a layer; negative counts from the end.</summary>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public void Truncate(int layerIndex)
    {
        var last = Resolve(layerIndex);
        for (var layer = blocks.Count - 1; layer > last; layer--)
        {
            using var dropped = blocks[layer];
            blocks.register_module($"{layer}", null!);
            blocks.RemoveAt(layer);
        }
    }

    /// <summary>The index of a block from 0.</summary>
    /// <exception cref="UserErrorException">There is no such layer.</exception>
    public int Resolve(int layerIndex)
        => layerIndex >= -blocks.Count && layerIndex < blocks.Count
            ? (layerIndex + blocks.Count) % blocks.Count
            : throw new UserErrorException(
                $"layer {layerIndex} does not exist: the tower has {blocks.Count} layers; choose {-blocks.Count} to {blocks.Count - 1}.");
}
