using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Captions as evaluation sets store them: a text, every line of it a caption, or a list in JSON.</summary>
internal static class CaptionText
{
    /// <summary>Extension of the member that holds the captions.</summary>
    public const string Member = "txt";

    /// <summary>The captions of a sample: every line of the first member that is there, else those of a JSON field.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="places">Where to look, as in <see cref="SourceOptions.Captions"/>.</param>
    /// <exception cref="BadSampleException">There are none.</exception>
    public static string[] Read(Sample sample, IReadOnlyList<string> places)
        => places.FirstOrDefault(sample.Members.ContainsKey) is { } text
            ? Lines(sample.Members[text].Span, text)
            : [.. CaptionedImage.FindCaptions(sample, new SourceOptions { Shards = sample.Shard, Captions = places })];

    /// <summary>The captions in the text beside a file.</summary>
    /// <exception cref="BadSampleException">There is none, or it is blank or no text.</exception>
    public static string[] Beside(string file)
    {
        var text = PathBeside(file);
        try
        {
            return Lines(UserFile.ReadAllBytes(text, UserText.Limit), text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadSampleException(CaptionedImage.MissingCaption, failure.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>Where the text beside a file is.</summary>
    public static string PathBeside(string file) => Path.ChangeExtension(file, Member);

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
