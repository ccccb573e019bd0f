using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Features of patches to tokens of the decoder: linear layers, then averages over squares of patches.</summary>
internal sealed class Projector : nn.Module<Tensor, long, long, Tensor>
{
    private readonly int ratio;

    [ComponentName(Name = "projector")]
    private readonly ProjectorLayers layers;

    public Projector(int inputs, int outputs, ProjectorOptions options)
        : base(nameof(Projector))
    {
        ratio = options.PoolingRatio;
        layers = new ProjectorLayers(inputs, outputs, options.Kind);
        RegisterComponents();
    }

    /// <param name="patches">[n, h * w, features], row by row.</param>
    /// <param name="height">Rows of patches.</param>
    /// <param name="width">Patches of a row.</param>
    /// <returns>[n, tokens, D]: windows overlap where the grid is no multiple of the pooling ratio, as published.</returns>
    public override Tensor forward(Tensor patches, long height, long width)
    {
        using var scope = NewDisposeScope();
        var tokens = layers.call(patches);                                                          // [n, h * w, D]
        if (ratio > 1 && height % ratio == 0 && width % ratio == 0)
        {
            // The same as below, and with gradients that compute.deterministic allows on a GPU.
            tokens = tokens.view(-1, height / ratio, ratio, width / ratio, ratio, tokens.shape[2]).mean([2, 4]).flatten(1, 2);
        }
        else if (ratio > 1)
        {
            var grid = tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], height, width);
            tokens = nn.functional.adaptive_avg_pool2d(grid, [height / ratio, width / ratio]).flatten(2).transpose(1, 2);
        }

        return tokens.MoveToOuterDisposeScope();
    }
}
