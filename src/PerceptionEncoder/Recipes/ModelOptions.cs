using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Recipes;

/// <summary>A published model by name, and what differs from it; or both towers in full.</summary>
[ScalarShorthand(nameof(Preset))]
[DefaultsFrom(nameof(Preset), nameof(OfPreset))]
public sealed record ModelOptions
{
    /// <summary>Published name, such as <c>PE-Core-B16-224</c>; the values below then default to that model's.</summary>
    public string? Preset { get; init; }

    /// <summary>The vision tower. Its <c>image_size</c> is set by each training stage.</summary>
    public VisionOptions Vision { get; init; } = new();

    /// <summary>The text tower. Its vocabulary and context are set by the tokenizer.</summary>
    public TextOptions Text { get; init; } = new();

    /// <summary>The published model of a name.</summary>
    /// <exception cref="UserErrorException">There is none; lists the names.</exception>
    public static ModelOptions OfPreset(string preset)
    {
        var published = ModelPresets.Find(preset);
        return new ModelOptions { Preset = preset, Vision = published.Vision, Text = published.Text ?? new TextOptions() };
    }
}
