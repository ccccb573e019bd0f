using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Data.Tables;

/// <summary>What the columns of a table mean: by what the user says, else by customary names.</summary>
/// <param name="Path">Column of the paths of images or clips.</param>
/// <param name="Captions">Columns of captions; empty where there are none.</param>
/// <param name="Label">Column of the class; null where there is none.</param>
/// <param name="Id">Column of the samples' keys; null where there is none.</param>
internal sealed partial record TableColumns(string? Path, IReadOnlyList<string> Captions, string? Label, string? Id)
{
    /// <summary>What a user writes for a column that is not to be guessed.</summary>
    public const string None = "none";

    private static readonly string[] PathNames =
    [
        "path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "image_file", "image_name", "img",
        "img_path", "video", "video_path", "clip", "url", "image_url",
    ];

    private static readonly string[] CaptionNames =
        ["caption", "captions", "text", "texts", "title", "sentence", "sentences", "description", "alt_text", "prompt"];

    private static readonly string[] LabelNames = ["label", "class", "category", "class_name", "classname", "target", "wnid"];
    private static readonly string[] IdNames = ["id", "key", "uid", "uuid", "__key__", "image_id"];

    /// <summary>The columns that are there.</summary>
    /// <param name="table">Its names of columns and its path, for messages.</param>
    /// <param name="path">The user's choice; null guesses.</param>
    /// <param name="captions">The user's choice; null or empty guesses.</param>
    /// <param name="label">The user's choice; null guesses.</param>
    /// <param name="id">The user's choice; null guesses.</param>
    /// <exception cref="UserErrorException">A column that the user names is not there.</exception>
    public static TableColumns Of(Table table, string? path, IReadOnlyList<string>? captions, string? label, string? id)
    {
        var image = Chosen(table, path, PathNames);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        Take(image);
        var key = Take(Chosen(table, id, Free(IdNames)));
        var name = Take(Chosen(table, label, Free(LabelNames)));
        IReadOnlyList<string> texts = captions is { Count: > 0 }
            ? [.. captions.Where(caption => caption != None || table.Columns.Contains(None)).Select(caption => Require(table, caption))]
            : Guess(table, CaptionNames, taken) is { } one ? [one]
            : [.. table.Columns.Where(column => !taken.Contains(column) && NumberedCaption().IsMatch(column))];
        return new TableColumns(image, texts, name, key);

        string[] Free(string[] names) => [.. names.Where(free => !taken.Contains(free))];
        string? Take(string? column)
        {
            if (column is not null)
            {
                taken.Add(column);
            }

            return column;
        }
    }

    /// <summary>The column of a name, exactly.</summary>
    /// <exception cref="UserErrorException">There is none; suggests the nearest.</exception>
    public static string Require(Table table, string column)
        => table.Columns.Contains(column)
            ? column
            : throw new UserErrorException($"{table.Path}: has no column '{column}'{NearestName.Hint(column, table.Columns)}");

    /// <summary>Whether a column of a name would be taken for captions or labels.</summary>
    public static bool MayBeGuessed(string column)
        => CaptionNames.Concat(LabelNames).Contains(column, StringComparer.OrdinalIgnoreCase) || NumberedCaption().IsMatch(column);

    /// <summary>The captions of a row that are not blank; a cell holds one, or a list of them in JSON.</summary>
    public IReadOnlyList<string> CaptionsOf(TableRow row)
        => [.. Captions.SelectMany(column => row.Cells.TryGetValue(column, out var cell) ? TextsIn(cell) : [])
            .Where(caption => !string.IsNullOrWhiteSpace(caption))];

    /// <summary>Columns without any of these meanings.</summary>
    public IEnumerable<string> Others(IEnumerable<string> columns)
        => columns.Where(column => column != Path && column != Label && column != Id && !Captions.Contains(column));

    /// <summary>What was found, in one line.</summary>
    public string Describe(Table table)
    {
        var others = Others(table.Columns).ToArray();
        string?[] parts =
        [
            $"paths from '{Path}'",
            Captions.Count > 0 ? $"captions from '{string.Join("', '", Captions)}'" : "no captions",
            Label is null ? "no labels" : $"labels from '{Label}'",
            Id is null ? null : $"keys from '{Id}'",
            others.Length > 0 ? $"metadata from {string.Join(", ", others.Select(column => $"'{column}'"))}" : null,
        ];
        return string.Join("; ", parts.OfType<string>());
    }

    private static IEnumerable<string> TextsIn(JsonNode cell)
    {
        var list = cell as JsonArray ?? ListIn(TableRow.TextOf(cell));
        return list is null ? [TableRow.TextOf(cell)] : list.OfType<JsonNode>().Select(TableRow.TextOf);
    }

    private static JsonArray? ListIn(string text)
    {
        if (!text.StartsWith('[') || !text.EndsWith(']'))
        {
            return null;
        }

        try
        {
            using var document = UserJson.Parse(text);
            return document.RootElement.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                ? JsonArray.Create(document.RootElement.Clone())
                : null;
        }
        catch (JsonException)
        {
            return null; // a caption in brackets
        }
    }

    private static string? Chosen(Table table, string? choice, string[] names)
        => choice is null ? Guess(table, names, [])
            : choice == None && !table.Columns.Contains(None) ? null
            : Require(table, choice);

    private static string? Guess(Table table, string[] names, HashSet<string> taken)
        => names.Select(name => table.Columns.FirstOrDefault(
            column => !taken.Contains(column) && string.Equals(column, name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(column => column is not null);

    [GeneratedRegex("^(caption|text|title|sentence)s?[ _-]?[0-9]+$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex NumberedCaption();
}
