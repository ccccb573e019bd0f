using PerceptionEncoder.Models.Clip;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b images · h, w grid of patches · P = h w · D width
/// <summary>
/// Hides square blocks of patches from the student [B.3.1]. The token that takes their places is learned and no part of the exported model
/// (inferred, as <see cref="MaskedTokenAlignment"/>).
/// </summary>
public sealed class SpatialMask : nn.Module
{
    [ComponentName(Name = "mask_token")]
    private readonly Parameter token;

    /// <param name="options">Share and size of the blocks.</param>
    /// <param name="width">D of the vision tower.</param>
    public SpatialMask(SpatialMaskOptions options, int width)
        : base(nameof(SpatialMask))
    {
        Options = options;
        token = TokenMask.FreshToken(width);
        RegisterComponents();
    }

    /// <summary>Share and size of the blocks.</summary>
    public SpatialMaskOptions Options { get; }

    /// <summary>
    /// A draw for each image by its own seed; leaves torch's generator anywhere. Where the grid is no multiple of the block, those at its
    /// right and lower edge are cut.
    /// </summary>
    /// <param name="seeds">b of them.</param>
    /// <param name="height">h.</param>
    /// <param name="width">w.</param>
    /// <param name="device">Where the mask goes.</param>
    /// <returns>Of [b, P], as many blocks hidden in each image.</returns>
    internal TokenMask Draw(IReadOnlyList<long> seeds, long height, long width, Device device)
    {
        using var scope = NewDisposeScope();
        var block = Options.Block;
        var (rows, columns) = ((height + block - 1) / block, (width + block - 1) / block);
        var hidden = TokenMask.Draw(seeds, rows * columns, Options.Ratio, device).view(-1, rows, columns)
            .repeat_interleave(block, 1).repeat_interleave(block, 2)                                      // [b, >= h, >= w]
            .narrow(1, 0, height).narrow(2, 0, width);
        return new TokenMask(hidden.reshape(seeds.Count, -1).MoveToOuterDisposeScope(), token);
    }
}
