using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Patches that are hidden from the vision tower: each enters as the same token instead of its own embedding, with its own position.
/// </summary>
/// <param name="Masked">Bool [B, patches]: true where a patch is hidden.</param>
/// <param name="Token">[D]: what takes its place.</param>
public sealed record TokenMask(Tensor Masked, Tensor Token)
{
    /// <summary>Hides the same number of patches of each image, drawn from torch's generator.</summary>
    /// <param name="images">B.</param>
    /// <param name="patches">Patches of an image.</param>
    /// <param name="ratio">Share that is hidden, rounded to whole patches.</param>
    /// <param name="device">Where the mask goes.</param>
    /// <returns>Bool [B, patches].</returns>
    public static Tensor Draw(long images, long patches, double ratio, Device device)
    {
        using var scope = NewDisposeScope();
        var hidden = Scalars.Of(HiddenOf(patches, ratio));
        return Randomness.Uniform(device, images, patches).argsort(-1).argsort(-1).lt(hidden).MoveToOuterDisposeScope();
    }

    /// <summary>The same of each image by its own seed, whatever other images are there; leaves torch's generator anywhere.</summary>
    /// <param name="seeds">B of them.</param>
    /// <param name="patches">Patches of an image.</param>
    /// <param name="ratio">Share that is hidden, rounded to whole patches.</param>
    /// <param name="device">Where the mask goes.</param>
    /// <returns>Bool [B, patches].</returns>
    public static Tensor Draw(IReadOnlyList<long> seeds, long patches, double ratio, Device device)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        using var scope = NewDisposeScope();
        return cat([.. seeds.Select(seed =>
        {
            manual_seed(seed);
            return Draw(1, patches, ratio, CPU);
        })]).SendTo(device).MoveToOuterDisposeScope();
    }

    /// <summary>A token [width] that is to be learned, drawn from torch's generator.</summary>
    internal static Parameter FreshToken(int width) => Initialization.Normal(0.02, width);

    /// <summary>Patches of each image that are hidden.</summary>
    internal static long HiddenOf(long patches, double ratio) => (long)Math.Round(patches * ratio);

    /// <summary>Indices of the hidden patches of each image, ascending; the host does not wait for them.</summary>
    /// <param name="masked">Bool [B, patches], as many in each image.</param>
    /// <param name="hidden">As many.</param>
    /// <returns>int64 [B, hidden].</returns>
    internal static Tensor Hidden(Tensor masked, long hidden)
    {
        using var scope = NewDisposeScope();
        var patches = Scalars.Of(masked.shape[1]);
        var patch = arange(Scalars.Of(0), patches, Scalars.One, device: masked.device);
        return where(masked, patch, patch.add(patches, Scalars.One)).argsort(-1).narrow(1, 0, hidden).MoveToOuterDisposeScope();
    }
}
