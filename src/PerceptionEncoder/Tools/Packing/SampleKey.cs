using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>Keys of samples in shards: paths of which the last part has no dot, because that is where extensions begin.</summary>
internal static class SampleKey
{
    /// <summary>
    /// A key of any text. Dots of the last part and what no path has are written as <c>%XX</c>; parts that lead elsewhere or nowhere are
    /// left out. Empty where nothing is left.
    /// </summary>
    public static string Of(string text)
    {
        string[] parts = [.. text.Replace('\\', '/').Split('/').Select(part => part.Trim()).Where(part => part is not ("" or "." or ".."))];
        return string.Join('/', parts.Select((part, index) => Escape(part, isLast: index == parts.Length - 1)));
    }

    /// <summary>The key that stands for a file: its path without the ending.</summary>
    public static string OfPath(string path)
    {
        var key = path[..^Path.GetExtension(path).Length];
        return Of(key.EndsWith('/') || key.Length == 0 ? path : key);
    }

    /// <summary>Where the files of a stored key go, below a folder; null where it leads out of it.</summary>
    public static string? FileOf(string key)
        => key.StartsWith('/') || key.Split('/').Contains("..") || key.Any(char.IsControl) ? null
            : string.Join('/', key.Split('/').Where(part => part is not ("" or ".")));

    private static string Escape(string part, bool isLast)
    {
        var escaped = new StringBuilder(part.Length);
        foreach (var character in part)
        {
            _ = char.IsControl(character) || (character == '.' && isLast)
                ? escaped.Append('%').Append(((int)character).ToString("X2", CultureInfo.InvariantCulture))
                : escaped.Append(character);
        }

        return escaped.ToString();
    }
}
