using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;

namespace PerceptionEncoder.Models;

/// <summary>Both towers of a contrastive model.</summary>
public sealed record ClipOptions
{
    /// <summary>The vision tower.</summary>
    public VisionOptions Vision { get; init; } = new();

    /// <summary>The text tower.</summary>
    public TextOptions Text { get; init; } = new();
}
