using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>A question about a clip that yes or no answers.</summary>
public sealed record ClipQuestion
{
    /// <summary>Its name in reports and scores.</summary>
    [RegularExpression("[a-z][a-z0-9_]*", ErrorMessage = "expected small letters, digits and _, a letter first")]
    public required string Name { get; init; }

    /// <summary>What is asked; that one word is expected is added.</summary>
    [MinLength(1, ErrorMessage = "expected a question")]
    public required string Ask { get; init; }

    /// <summary>Clips with the other answer are dropped; null drops none, and the answer is a measure alone.</summary>
    public KeptAnswer? Keep { get; init; }
}
