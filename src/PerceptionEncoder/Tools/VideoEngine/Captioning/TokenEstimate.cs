namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Tokens of questions and answers where nobody counts them: before a run, and of endpoints that do not say.</summary>
internal static class TokenEstimate
{
    /// <summary>Of an answer.</summary>
    public const double Answer = 60;

    private const double CharactersPerToken = 4;

    /// <summary>As hosted models count: a tile of 28 x 28 pixels is a token.</summary>
    private const int Patch = 28;

    /// <summary>Tokens of a text.</summary>
    public static long OfText(int characters) => (long)Math.Ceiling(characters / CharactersPerToken);

    /// <summary>Tokens of a picture.</summary>
    public static long OfPicture(int width, int height) => Math.Max(1, (long)width * height / (Patch * Patch));

    /// <summary>Tokens of a question.</summary>
    public static long Of(CaptionQuestion question)
        => OfText(question.Text.Length) + question.Pictures.Sum(picture => OfPicture(picture.Width, picture.Height));
}
