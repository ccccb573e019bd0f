using System.Text.RegularExpressions;

namespace PerceptionEncoder;

/// <summary>Keeps passwords and tokens that stand in addresses out of what is printed and written.</summary>
internal static partial class AddressSecrets
{
    /// <summary>Parameters of a query that choose a file or its form.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "download", "dl", "raw", "inline", "version", "revision", "rev", "ref", "format", "file", "path", "name", "id",
    };

    /// <summary>
    /// The address without user and password, and without the values of its query but the harmless ones; any other text as it is.
    /// </summary>
    public static string Hide(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Address().IsMatch(text) ? Parameters().Replace(User().Replace(text, "//"), Hidden) : text;
    }

    private static string Hidden(Match parameter)
    {
        var (mark, name) = (parameter.Groups["mark"].Value, parameter.Groups["name"].Value);
        return Harmless.Contains(name) ? parameter.Value : parameter.Groups["value"].Success ? $"{mark}{name}=..." : $"{mark}...";
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]*://")]
    private static partial Regex Address();

    [GeneratedRegex("(?<=^[^/?#]+:)//[^/?#]*@")]
    private static partial Regex User();

    [GeneratedRegex("(?<mark>[?&;])(?<name>[^=&;#]*)(?<value>=[^&;#]*)?")]
    private static partial Regex Parameters();
}
