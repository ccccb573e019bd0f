using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// A folder for each class as a table: the path of each image or clip, and the name of its folder. Where the folders are parts of a set
/// (<c>train</c>, <c>val</c>, <c>test</c>) that hold the classes' folders, a third column names the part.
/// </summary>
internal sealed class ClassFolderTable : Table
{
    /// <summary>Columns of the table.</summary>
    public const string PathColumn = "path";

    /// <summary>The class.</summary>
    public const string LabelColumn = "label";

    /// <summary>The part, where there are parts.</summary>
    public const string SplitColumn = "split";

    private static readonly HashSet<string> PartNames = new(
        ["train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval"],
        StringComparer.OrdinalIgnoreCase);

    private readonly (string? Part, string Class, string Folder)[] folders;

    private ClassFolderTable(string path, (string? Part, string Class, string Folder)[] folders, string? note)
        : base(path) => (this.folders, Note) = (folders, note);

    /// <inheritdoc/>
    public override string Kind
    {
        get
        {
            var parts = HasParts ? $" in {string.Join(", ", folders.Select(folder => folder.Part).Distinct())}" : "";
            return $"class folders ({folders.DistinctBy(folder => folder.Class).Count()} classes{parts})";
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Columns => HasParts ? [PathColumn, LabelColumn, SplitColumn] : [PathColumn, LabelColumn];

    /// <summary>Whether the classes' folders lie in folders of parts.</summary>
    public bool HasParts => folders[0].Part is not null;

    /// <summary>Folders that are no classes, in one line; null where there are none.</summary>
    public string? Note { get; }

    /// <summary>The folders of a set; null where there are none.</summary>
    /// <exception cref="UserErrorException">A folder cannot be read.</exception>
    public static ClassFolderTable? Find(string root)
    {
        var found = ClassFolders.In(root, FilePairTable.IsMedia);
        string[] names = [.. found.Names.Order(StringComparer.Ordinal)];
        if (names.Length == 0)
        {
            return null;
        }

        if (!names.All(PartNames.Contains))
        {
            return new ClassFolderTable(
                root,
                [.. names.Select(name => ((string?)null, name, System.IO.Path.Combine(root, name)))],
                found.Note);
        }

        (string? Part, string Class, string Folder)[] parts =
        [
            .. from part in names
                let folder = System.IO.Path.Combine(root, part)
                from name in ClassFolders.In(folder, FilePairTable.IsMedia).Names.Order(StringComparer.Ordinal)
                select ((string?)part, name, System.IO.Path.Combine(folder, name)),
        ];
        return parts.Length > 0 ? new ClassFolderTable(root, parts, found.Note) : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<TableRow> Rows()
        => from folder in folders
            from file in FolderTree.Files(folder.Folder).Where(FilePairTable.IsMedia)
            select new TableRow(file, Cells(folder.Part, folder.Class, file));

    private Dictionary<string, JsonNode> Cells(string? part, string name, string file)
    {
        var cells = new Dictionary<string, JsonNode>(StringComparer.Ordinal)
        {
            [PathColumn] = JsonValue.Create(System.IO.Path.GetRelativePath(Path, file)),
            [LabelColumn] = JsonValue.Create(name),
        };
        if (part is not null)
        {
            cells.Add(SplitColumn, JsonValue.Create(part));
        }

        return cells;
    }
}
