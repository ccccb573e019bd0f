using System.Text.RegularExpressions;

namespace PerceptionEncoder.Serialization.Remote;

/// <summary>
/// Where a file is on the net: <c>https://host/path</c>, or <c>hf://owner/name[@revision][:file]</c> for Hugging Face; <c>#sha256=HEX</c>
/// at the end says what it must be.
/// </summary>
/// <param name="Text">As the user wrote it, without secrets: what messages show.</param>
/// <param name="Url">The address; null for a Hugging Face repository.</param>
/// <param name="Repository"><c>owner/name</c> of a Hugging Face repository, else null.</param>
/// <param name="Revision">Branch, tag or commit of the repository.</param>
/// <param name="File">Path inside the repository; null where the user leaves the choice.</param>
/// <param name="Sha256">Lower-case hex digits, or null.</param>
public sealed partial record RemoteAddress(string Text, Uri? Url, string? Repository, string Revision, string? File, string? Sha256)
{
    private const string HuggingFace = "hf://";
    private const int LongestShown = 400;

    /// <summary>Whether a text is an address and not a path.</summary>
    public static bool IsRemote(string text)
        => text.StartsWith(HuggingFace, StringComparison.Ordinal)
            || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>An address as messages may show it, in one line.</summary>
    internal static string Shown(string text) => ShownText.Cut(AddressSecrets.Hide(text), LongestShown);

    /// <summary>Reads an address.</summary>
    /// <exception cref="UserErrorException">It is not of a form above.</exception>
    public static RemoteAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var shown = Shown(text);
        var parts = text.Split("#sha256=", 2);
        var sha256 = parts.Length == 2 ? parts[1].ToLowerInvariant() : null;
        if (sha256 is not null && !Sha256Digits().IsMatch(sha256))
        {
            throw new UserErrorException($"{shown}: #sha256= wants 64 hex digits.");
        }

        if (!text.StartsWith(HuggingFace, StringComparison.Ordinal))
        {
            return Uri.TryCreate(parts[0], UriKind.Absolute, out var url) && url.AbsolutePath.Length > 1 && !url.AbsolutePath.EndsWith('/')
                ? new RemoteAddress(shown, url, null, "", null, sha256)
                : throw new UserErrorException($"{shown}: not the address of a file. Write https://host/path/file.");
        }

        var match = Repositories().Match(parts[0]);
        var file = match.Groups["file"] is { Success: true } group ? group.Value : null;
        return match.Success && !match.Value.Split('/', ':', '@').Any(part => part is "." or "..")
            ? new RemoteAddress(
                shown,
                null,
                match.Groups["repository"].Value,
                match.Groups["revision"] is { Success: true } revision ? revision.Value : "main",
                file,
                sha256)
            : throw new UserErrorException(
                $"{shown}: not an address of Hugging Face. Write hf://owner/name or hf://owner/name@revision:file.");
    }

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256Digits();

    [GeneratedRegex(@"^hf://(?<repository>[\w.-]+/[\w.-]+)(@(?<revision>[\w.-]+))?(:(?<file>[\w.-]+(/[\w.-]+)*))?$")]
    private static partial Regex Repositories();
}
