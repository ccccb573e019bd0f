using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Items;

/// <summary>The images, clips or captions that the rows of a table name, one an item.</summary>
internal static class TableItems
{
    /// <summary>Whether a file is a table of items: a <c>.tsv</c> of images or clips is a list of paths.</summary>
    public static bool IsTable(MediaKind kind, string path)
        => Table.IsTable(path) && (kind == MediaKind.Text || MediaFiles.Extension(path) != "tsv");

    /// <summary>The items of a table, in its order; keys are its ids, else paths, else lines.</summary>
    /// <param name="kind">Texts are the captions, all others files.</param>
    /// <param name="path">The table, which paths are relative to.</param>
    /// <exception cref="UserErrorException">It cannot be read, or has no column of the kind.</exception>
    public static IEnumerable<MediaItem> Read(MediaKind kind, string path)
    {
        var table = Table.Open(path);
        var columns = TableColumns.Of(table, null, null, null, null);
        if (kind == MediaKind.Text ? columns.Captions.Count == 0 : columns.Path is null)
        {
            throw new UserErrorException($"{path}: none of its columns ({string.Join(", ", table.Columns)}) is named as "
                + $"{(kind == MediaKind.Text ? "captions are; call it caption" : "paths are; call it path")}.");
        }

        var folder = Path.GetDirectoryName(path) ?? "";
        return table.Rows().SelectMany(row => kind == MediaKind.Text ? Texts(row, columns) : [File(row, columns, folder)]);
    }

    private static MediaItem File(TableRow row, TableColumns columns, string folder)
    {
        var (id, path) = (Id(row, columns), row.Text(columns.Path!)?.Trim());
        return row.Problem is { } problem ? Bad(row, "damaged row", problem)
            : string.IsNullOrEmpty(path) ? Bad(row, "missing path", $"'{columns.Path}' is empty")
            : MediaItem.OfFile(Path.Combine(folder, path), id);
    }

    private static IEnumerable<MediaItem> Texts(TableRow row, TableColumns columns)
    {
        var captions = columns.CaptionsOf(row);
        return captions.Count == 0
            ? [Bad(row, "empty caption", row.Problem ?? $"'{string.Join("', '", columns.Captions)}'")]
            : captions.Select(caption => new MediaItem(Id(row, columns) ?? row.Place, row.Place, () => Encoding.UTF8.GetBytes(caption)));
    }

    private static string? Id(TableRow row, TableColumns columns)
        => columns.Id is { } id && row.Text(id)?.Trim().ReplaceLineEndings(" ") is { Length: > 0 } text ? text : null;

    private static MediaItem Bad(TableRow row, string reason, string detail)
        => new(row.Place, row.Place, () => throw new BadSampleException(reason, detail));
}
