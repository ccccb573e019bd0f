using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Captions as evaluation sets store them: a text, every line of it a caption.</summary>
internal static class CaptionText
{
    /// <summary>Extension of the member that holds the captions.</summary>
    public const string Member = "txt";

    /// <summary>The captions of a sample with a <see cref="Member"/>.</summary>
    /// <exception cref="BadSampleException">There are none.</exception>
    public static string[] Read(Sample sample) => sample.Members.TryGetValue(Member, out var member)
        ? Lines(member.Span, $"its {Member}")
        : throw new BadSampleException(CaptionedImage.MissingCaption, $"no {Member} among {sample.List()}");

    /// <summary>The captions of a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="name">Of the text, for messages.</param>
    /// <exception cref="BadSampleException">It is blank or no text.</exception>
    public static string[] Lines(ReadOnlySpan<byte> text, string name)
    {
        var captions = CaptionedImage.Text(text, name).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return captions.Length > 0 ? captions : throw new BadSampleException(CaptionedImage.MissingCaption, $"{name} is blank");
    }
}
