using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Language;

namespace PerceptionEncoder.Recipes;

/// <summary>The language model that the encoder is aligned with.</summary>
[DefaultsFrom(nameof(Preset), nameof(OfPreset))]
public sealed record AlignedDecoderOptions
{
    /// <summary>Published name, such as <c>Llama-3.2-3B</c>; <see cref="Shape"/> then defaults to that model's.</summary>
    public string? Preset { get; init; }

    /// <summary>
    /// Weights to start from, with <c>config.json</c> or <c>params.json</c> beside them: a folder or file; null for fresh weights.
    /// </summary>
    public string? Checkpoint { get; init; }

    /// <summary>
    /// The decoder; null for the checkpoint's. Where there is neither preset nor checkpoint, its vocabulary is the tokenizer's.
    /// </summary>
    public DecoderOptions? Shape { get; init; }

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Shape is null && Checkpoint is null)
        {
            yield return ("", "name a preset or a checkpoint, or give the decoder as shape");
        }
    }

    /// <summary>The decoder of a published name.</summary>
    /// <exception cref="UserErrorException">There is none of that name; lists the names.</exception>
    public static AlignedDecoderOptions OfPreset(string preset) => new() { Preset = preset, Shape = DecoderPresets.Find(preset) };
}
