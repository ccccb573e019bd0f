using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>
/// An instruction from a file, in which <c>{data}</c> stands where what is known of a clip is quoted, and <c>{words}</c> for the number of
/// words that a caption may have.
/// </summary>
/// <param name="Path">Of the file.</param>
/// <param name="Text">What it says.</param>
/// <param name="Hash">First 12 hexadecimal digits of the SHA-256 of its bytes: another text is another version.</param>
internal sealed record PromptFile(string Path, string Text, string Hash)
{
    /// <summary>Where the data goes.</summary>
    public const string DataPlace = "{data}";

    /// <summary>Where the number of words goes that a caption may have.</summary>
    public const string WordsPlace = "{words}";

    private const string Begin = "=== BEGIN DATA ===";
    private const string End = "=== END DATA ===";
    private const int HashDigits = 12;

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether it says what is known of a clip.</summary>
    public bool TellsData => Text.Contains(DataPlace, StringComparison.Ordinal);

    /// <summary>Whether it says how long a caption may be.</summary>
    public bool AsksForWords => Text.Contains(WordsPlace, StringComparison.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="needsData">It must have a place for data.</param>
    /// <exception cref="UserErrorException">It is missing, empty, no text, or has no place for the data.</exception>
    public static PromptFile Read(string path, bool needsData)
    {
        var text = UserText.Read(path).ReplaceLineEndings("\n").Trim();
        return text.Length == 0 ? throw new UserErrorException($"{path}: is empty. Write an instruction into it.")
            : needsData && !text.Contains(DataPlace, StringComparison.Ordinal)
                ? throw new UserErrorException(
                    $"{path}: has no {DataPlace}, where captions and metadata are to stand. Write it on a line of its own.")
            : new PromptFile(path, text, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..HashDigits]);
    }

    /// <summary>
    /// The instruction with its data: JSON between two lines. JSON has no raw line break inside a text, so that no text can end the data
    /// and begin an instruction.
    /// </summary>
    /// <param name="data">What is quoted.</param>
    /// <param name="words">Of the longest caption: stands for <see cref="WordsPlace"/>.</param>
    public string With(JsonObject data, int words)
    {
        var text = Text.Replace(WordsPlace, words.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return text.Contains(DataPlace, StringComparison.Ordinal)
            ? text.Replace(DataPlace, $"{Begin}\n{data.ToJsonString(Layout)}\n{End}", StringComparison.Ordinal)
            : text;
    }

    /// <summary>What is said after an instruction where an earlier answer was no use.</summary>
    public static string Again(string reason)
        => $"\n\nAn earlier answer could not be used ({reason}). Answer with the text that is asked for and nothing else: plain English, "
            + "one paragraph, shorter than you would otherwise write.";
}
