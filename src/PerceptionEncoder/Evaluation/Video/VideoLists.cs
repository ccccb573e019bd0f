using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>Reads the lists that video sets are published with: which clips are in a split, and their labels or captions.</summary>
internal static class VideoLists
{
    private static readonly string[] ClipColumns = ["video_id", "youtube_id", "video", "path", "filename", "file", "videoid", "vid", "id"];
    private static readonly string[] LabelColumns = ["label", "class", "class_name", "label_name", "category"];
    private static readonly string[] CaptionColumns = ["sentence", "caption", "description", "text"];

    /// <summary>
    /// Clips with class names or indices: a CSV or TSV with a header (Kinetics: <c>label,youtube_id,time_start,time_end,split</c>), lines
    /// of <c>PATH LABEL</c>, lines of <c>CLASS/FILE</c> with the class index behind or not (UCF101), or HMDB51's folder of
    /// <c>CLASS_test_splitN.txt</c>.
    /// </summary>
    /// <param name="list">File, or HMDB51's folder.</param>
    /// <param name="split">HMDB51's number.</param>
    /// <exception cref="UserErrorException">It cannot be read, or is no such list.</exception>
    public static IReadOnlyList<(string Clip, string Label)> Labels(string list, string split)
    {
        if (Directory.Exists(list))
        {
            return Hmdb(list, split);
        }

        var text = UserText.Read(list);
        if (Table(list, text) is not { } table)
        {
            return [.. Lines(text)
                .Select(line => Line(line.Text) is var (clip, label)
                    ? (clip, label)
                    : throw Bad(list, line.Number, $"'{line.Text}' is neither PATH LABEL nor CLASS/FILE"))];
        }

        var (clips, labels) = (Column(list, table.Header, ClipColumns), Column(list, table.Header, LabelColumns));
        var (start, end) = (Index(table.Header, ["time_start"]), Index(table.Header, ["time_end"]));
        return [.. table.Rows.Select(row
            => (start >= 0 && end >= 0 ? $"{row[clips]}_{Seconds(list, row[start])}_{Seconds(list, row[end])}" : row[clips], row[labels]))];

        static (string, string)? Line(string line)
        {
            var space = line.LastIndexOfAny([' ', '\t', ',']);
            var (path, label) = space < 0 ? (line, "") : (line[..space].Trim(), line[(space + 1)..].Trim());
            var folder = Path.GetDirectoryName(path)?.Split('/', '\\')[^1] ?? "";
            return folder.Length > 0 && (label.Length == 0 || int.TryParse(label, out _)) ? (path, folder)
                : label.Length > 0 ? (path, label) : null;
        }
    }

    /// <summary>
    /// Clips with all their captions, in the order of the list: a CSV or TSV with a header (MSR-VTT: <c>video_id,sentence</c>), lines of
    /// <c>ID CAPTION</c> (MSVD), JSON of ActivityNet (<c>{"v_ID": {"sentences": [...]}}</c>: the sentences of a clip are one paragraph) or
    /// of MSR-VTT (<c>{"sentences": [{"video_id", "caption"}]}</c>).
    /// </summary>
    /// <exception cref="UserErrorException">It cannot be read, or is no such list.</exception>
    public static IReadOnlyList<(string Clip, string[] Captions)> Captions(string list)
    {
        var text = UserText.Read(list);
        var pairs = Path.GetExtension(list).Equals(".json", StringComparison.OrdinalIgnoreCase) ? Json(list, text)
            : Table(list, text) is { } table ? Rows(list, table)
            : Lines(text)
                .Select(line => line.Text.Split((char[])[' ', '\t'], 2) is [var clip, var caption]
                    ? (clip, caption.Trim())
                    : throw Bad(list, line.Number, $"'{line.Text}' is not ID CAPTION"));
        return [.. pairs.Where(pair => pair.Item2.Length > 0)
            .GroupBy(pair => pair.Item1, pair => pair.Item2)
            .Select(group => (group.Key, group.ToArray()))];
    }

    private static IEnumerable<(string, string)> Rows(string list, (IReadOnlyList<string> Header, List<IReadOnlyList<string>> Rows) table)
    {
        var (clips, captions) = (Column(list, table.Header, ClipColumns), Column(list, table.Header, CaptionColumns));
        return table.Rows.Select(row => (row[clips], row[captions]));
    }

    private static List<(string, string)> Json(string list, string text)
    {
        try
        {
            using var document = UserJson.Parse(text);
            return document.RootElement.TryGetProperty("sentences", out var sentences)
                ? [.. sentences.EnumerateArray().Select(
                    each => (each.GetProperty("video_id").GetString()!, each.GetProperty("caption").GetString()!.Trim()))]
                : [.. document.RootElement.EnumerateObject().Select(clip => (
                    clip.Name,
                    string.Join(' ', clip.Value.GetProperty("sentences").EnumerateArray().Select(each => each.GetString()!.Trim()))))];
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new UserErrorException(
                $"{list}: no list of captions ({failure.Message.ReplaceLineEndings(" ")}). "
                + $"Give {{\"ID\": {{\"sentences\": [...]}}}} or {{\"sentences\": [{{\"video_id\", \"caption\"}}]}}.",
                failure);
        }
    }

    private static List<(string, string)> Hmdb(string folder, string split)
    {
        var files = Directory.GetFiles(folder, $"*_test_split{split}.txt").Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0
            ? [.. files.SelectMany(file => Lines(UserText.Read(file))
                .Select(line => line.Text.Split(' '))
                .Where(words => words is [_, "2"])
                .Select(words => (words[0], Class(file))))]
            : throw new UserErrorException(
                $"{folder}: no *_test_split{split}.txt in it. Name HMDB51's folder of split files, and --split 1, 2 or 3.");

        static string Class(string file)
            => Path.GetFileName(file)[..Path.GetFileName(file).IndexOf("_test_split", StringComparison.Ordinal)];
    }

    /// <summary>A table with a header that names a clip's column, or null.</summary>
    private static (IReadOnlyList<string> Header, List<IReadOnlyList<string>> Rows)? Table(string list, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UserErrorException($"{list}: is empty. Give the list of the split.");
        }

        var head = text.TrimStart().Split('\n')[0];
        var separator = head.Contains('\t') ? '\t' : ',';
        string[] header = [.. head.Split(separator).Select(field => field.Trim(' ', '\r', '"').ToLowerInvariant())];
        if (Index(header, ClipColumns) < 0 || header.Length < 2)
        {
            return null;
        }

        var rows = DelimitedText.Rows(text, separator, list).ToList();
        var odd = rows.Find(row => row.Fields.Count != header.Length);
        return odd.Fields is null
            ? (header, rows.ConvertAll(row => row.Fields)[1..])
            : throw Bad(list, odd.Line, $"{odd.Fields.Count} fields where the header has {header.Length}");
    }

    private static int Column(string list, IReadOnlyList<string> header, string[] names)
        => Index(header, names) is >= 0 and var index
            ? index
            : throw Bad(list, 1, $"no column {string.Join(" or ", names)} among {string.Join(", ", header)}");

    private static int Index(IReadOnlyList<string> header, string[] names)
        => names.Select(name => header.ToList().IndexOf(name)).FirstOrDefault(index => index >= 0, -1);

    // As the published crawler names the cut clips.
    private static string Seconds(string list, string text)
        => double.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
            ? ((int)seconds).ToString("D6", CultureInfo.InvariantCulture)
            : throw new UserErrorException($"{list}: '{text}' is no time in seconds.");

    private static IEnumerable<(int Number, string Text)> Lines(string text)
        => text.Split('\n').Select((line, index) => (index + 1, line.Trim())).Where(line => line.Item2.Length > 0);

    private static UserErrorException Bad(string list, int line, string problem) => new($"{list}:{line}: {problem}.");
}
