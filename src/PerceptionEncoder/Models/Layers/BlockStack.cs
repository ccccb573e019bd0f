using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Layers;

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
    public override Tensor forward(Tensor tokens, Tensor? rotations, int layerIndex)
    {
        var last = Resolve(layerIndex);
        var stream = tokens.alias();
        for (var layer = 0; layer <= last; layer++)
        {
            // The last block's activations would be needed at once: to drop them saves nothing.
            var recompute = RecomputeEvery > 0 && layer < last && layer % RecomputeEvery == 0 && training && is_grad_enabled();
            var next = recompute ? RecomputedBlock.Apply(blocks[layer], stream, rotations) : blocks[layer].call(stream, rotations);
            stream.Dispose();                                   // autograd keeps what it needs
            stream = next;
        }

        return stream;
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

    private int Resolve(int layerIndex)
        => layerIndex >= -blocks.Count && layerIndex < blocks.Count
            ? (layerIndex + blocks.Count) % blocks.Count
            : throw new UserErrorException($"layer {layerIndex} does not exist: the tower has {blocks.Count} layers; choose {-blocks.Count} to {blocks.Count - 1}.");
}
