using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Recipes;

/// <summary>The tower that is aligned, whole: its last layer learns what an inner one knew [5.2].</summary>
[ScalarShorthand(nameof(Checkpoint))]
[DefaultsFrom(nameof(Preset), nameof(OfPreset))]
public sealed record SpatialStudentOptions
{
    /// <summary>Published name, such as <c>PE-Core-G14-448</c>; <see cref="Vision"/> then defaults to that model's tower.</summary>
    public string? Preset { get; init; }

    /// <summary>
    /// Weights to start from: a contrastive model or a tower, as a run folder, file or address; null for fresh weights.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// The tower as it is before alignment; null for the checkpoint's. Its <c>image_size</c> is set by each stage.
    /// </summary>
    public VisionOptions? Vision { get; init; }

    /// <summary>
    /// LayerScale's value where the tower has none: 0.1 [T21], as PE-Spatial-G has it; the smaller ones have none. The weights before it
    /// are divided by it, so that the tower begins as it was (inferred). Null adds none.
    /// </summary>
    [Range(1e-6, 1)]
    public double? LayerScale { get; init; } = 0.1;

    /// <summary>Share of samples for which a residual branch is left out: 0.4 [T21].</summary>
    [Range(0, 0.99)]
    public double DropPath { get; init; } = 0.4;

    /// <summary>The tower of a published model.</summary>
    /// <exception cref="UserErrorException">There is none of that name; lists the names.</exception>
    public static SpatialStudentOptions OfPreset(string preset)
        => new() { Preset = preset, Vision = ModelPresets.Find(preset).Vision };

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Vision is null && Checkpoint is null)
        {
            yield return ("", "name a preset or a checkpoint, or give the tower as vision");
        }
    }

    /// <summary>The tower that is trained: tokens are its product, as of the published PE-Spatial towers.</summary>
    /// <param name="whole">As it was.</param>
    /// <param name="resolution">Side of its square input, in pixels.</param>
    internal VisionOptions Aligned(VisionOptions whole, int resolution) => whole with
    {
        ImageSize = resolution,
        PositionsSize = null,
        LayerScale = whole.LayerScale ?? LayerScale,
        DropPath = DropPath,
        PatchDropout = 0,
        Pooling = Pooling.None,
        OutputDim = null,
        UseLnPost = false,
    };
}
