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
    /// The address without user and password, and without the values of its query but the harmless ones; of a command (pipe:COMMAND) all
    /// addresses like that, and no headers, keys and passwords; any other text as it is.
    /// </summary>
    public static string Hide(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Address().IsMatch(text) ? HideInAddress(text)
            : text.StartsWith("pipe:", StringComparison.OrdinalIgnoreCase)
                ? Addresses().Replace(Credentials().Replace(text, "$1..."), address => HideInAddress(address.Value))
            : text;
    }

    private static string HideInAddress(string address) => Parameters().Replace(User().Replace(address, "//"), Hidden);

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

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.-]*://[^\s'""]+")]
    private static partial Regex Addresses();

    // What follows in commands: -H 'Authorization: Bearer X', --user NAME:X, KEY=X.
    [GeneratedRegex(
        @"((?:(?:-H|--header|--user|-u)(?=[=\s'""])"
            + @"|(?:bearer|basic|[\w-]*(?:token|secret|password|passwd|key|signature))(?=[=:\s]))[=:\s]*)"
            + @"('[^']*'|""[^""]*""|[^\s'""&]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Credentials();
}
