namespace PerceptionEncoder.Media;

/// <summary>The endings of the image and clip files that are read, and a count of those that are not.</summary>
internal static class MediaFiles
{
    private const int MostShown = 8;

    /// <summary>Of images, other names of the same formats last.</summary>
    public static IReadOnlyList<string> Images { get; } =
    [
        "jpg", "jpeg", "png", "webp", "bmp", "gif", "jfif", "jpe", "jif", "pjpeg", "pjp", "apng", "dib",
    ];

    /// <summary>Of clips, other names of the same formats last.</summary>
    public static IReadOnlyList<string> Videos { get; } = ["mp4", "mkv", "webm", "avi", "mov", "m4v", "qt"];

    /// <summary>Whether a file is an image by its name.</summary>
    public static bool IsImage(string path) => Images.Contains(Extension(path));

    /// <summary>Whether a file is a clip by its name.</summary>
    public static bool IsVideo(string path) => Videos.Contains(Extension(path));

    /// <summary>What follows the last dot of a file's name, in lower case; empty where there is none.</summary>
    internal static string Extension(string path) => Path.GetExtension(path).TrimStart('.').ToLowerInvariant();

    /// <summary>How many files have each ending, the commonest first: <c>3 .tif, 1 .heic</c>; empty without files.</summary>
    internal static string Count(IEnumerable<string> paths) => Count(paths.CountBy(Extension));

    /// <param name="endings">Endings and how many files have each.</param>
    internal static string Count(IEnumerable<KeyValuePair<string, int>> endings)
    {
        var groups = endings.OrderByDescending(group => group.Value).ThenBy(group => group.Key, StringComparer.Ordinal).ToArray();
        var shown = groups.Take(MostShown).Select(group => $"{group.Value} {(group.Key.Length > 0 ? $".{group.Key}" : "without ending")}");
        return string.Join(
            ", ",
            groups.Length > MostShown ? shown.Append($"{groups.Skip(MostShown).Sum(group => group.Value)} others") : shown);
    }
}
