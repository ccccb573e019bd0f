using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// Images or clips with files beside them as a table: <c>a.jpg</c> is a row whose caption is the text of <c>a.txt</c> and whose other
/// columns are the fields of <c>a.json</c>.
/// </summary>
internal sealed class FilePairTable : Table
{
    private const string PathColumn = "path";
    private const string CaptionColumn = "caption";

    /// <exception cref="UserErrorException">A folder cannot be read.</exception>
    public FilePairTable(string path)
        : base(path) => Columns = ColumnsOf(Rows());

    /// <summary>Endings of the files beside an image or clip.</summary>
    public static IReadOnlyList<string> Sidecars { get; } = ["txt", "json"];

    /// <inheritdoc/>
    public override string Kind => "files with a .txt or .json beside each";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns { get; }

    /// <summary>Whether a file is an image or clip by its name.</summary>
    public static bool IsMedia(string path) => MediaFiles.IsImage(path) || MediaFiles.IsVideo(path);

    /// <inheritdoc/>
    public override IEnumerable<TableRow> Rows() => FolderTree.Files(Path).Where(IsMedia).Select(file => RowOf(Path, file));

    /// <summary>The row of one image or clip.</summary>
    /// <param name="folder">What its path is relative to.</param>
    /// <param name="file">The file.</param>
    public static TableRow RowOf(string folder, string file)
    {
        var cells = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        string? problem = null;
        try
        {
            if (Beside(file, "json") is { } json)
            {
                using var document = UserJson.Parse(json);
                if (document.RootElement.ValueKind == JsonValueKind.Object)
                {
                    cells = TableRow.CellsOf(document.RootElement);
                }
                else
                {
                    problem = $"its json is {UserJson.Describe(document.RootElement)}, not an object";
                }
            }

            if (Beside(file, "txt") is { } bytes && UserText.Decode(bytes).TrimEnd('\r', '\n') is { Length: > 0 } text)
            {
                cells[CaptionColumn] = JsonValue.Create(text);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or TextEncodingException
            or JsonException or InvalidOperationException)
        {
            problem = failure.Message.ReplaceLineEndings(" ");
        }

        cells[PathColumn] = JsonValue.Create(System.IO.Path.GetRelativePath(folder, file));
        return new TableRow(file, cells) { Problem = problem };
    }

    private static byte[]? Beside(string file, string ending)
    {
        var path = System.IO.Path.ChangeExtension(file, ending);
        return File.Exists(path) ? UserFile.ReadAllBytes(path, UserText.Limit) : null;
    }
}
