using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Recipes;

/// <summary>The vision tower that is aligned, and what alignment adds to it [4.1].</summary>
[DefaultsFrom(nameof(Preset), nameof(OfPreset))]
public sealed record AlignedEncoderOptions
{
    /// <summary>Published name, such as <c>PE-Core-L14-336</c>; <see cref="Vision"/> then defaults to that model's tower.</summary>
    public string? Preset { get; init; }

    /// <summary>
    /// Weights to start from: a contrastive model or a tower, as a run folder, file or address; null for fresh weights.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// The whole tower, as it is before alignment; null for the checkpoint's. Its <c>image_size</c> is set by each stage.
    /// </summary>
    public VisionOptions? Vision { get; init; }

    /// <summary>The first so many blocks are kept: 47 of 50 for PE-Lang-G, 23 of 24 for L [4.1]; null for all.</summary>
    [Range(1, 1024)]
    public int? Layers { get; init; }

    /// <summary>
    /// LayerScale's value where the tower has none: 0.1 [B.2]. The weights before it are divided by it, so that the tower begins as it was
    /// (inferred). Null adds none.
    /// </summary>
    [Range(1e-6, 1)]
    public double? LayerScale { get; init; } = 0.1;

    /// <summary>Share of samples for which a residual branch is left out, where the tower is trained: 0.1 in PLM.</summary>
    [Range(0, 0.99)]
    public double DropPath { get; init; } = 0.1;

    /// <summary>The tower of a published model.</summary>
    /// <exception cref="UserErrorException">There is none of that name; lists the names.</exception>
    public static AlignedEncoderOptions OfPreset(string preset)
        => new() { Preset = preset, Vision = ModelPresets.Find(preset).Vision };

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Vision is null && Checkpoint is null)
        {
            yield return ("", "name a preset or a checkpoint, or give the tower as vision");
        }

        if (Vision is { } tower && Layers > tower.Layers)
        {
            yield return ("layers", $"keeps {Layers} blocks of {tower.Layers}");
        }
    }

    /// <summary>The tower that is trained: the blocks that are kept, without what pools their tokens.</summary>
    /// <param name="whole">As it was.</param>
    /// <param name="resolution">Side of its square input, in pixels.</param>
    /// <param name="isTrained">Where it is not, nothing is left out at random.</param>
    internal VisionOptions Aligned(VisionOptions whole, int resolution, bool isTrained) => whole with
    {
        ImageSize = resolution,
        PositionsSize = null,
        Layers = Layers ?? whole.Layers,
        LayerScale = whole.LayerScale ?? LayerScale,
        DropPath = isTrained ? DropPath : 0,
        PatchDropout = 0,
        Pooling = Pooling.None,
        OutputDim = null,
        UseLnPost = false,
    };
}
