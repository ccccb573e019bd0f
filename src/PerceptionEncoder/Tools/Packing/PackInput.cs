using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>What a user gave to be packed, told apart by what is there.</summary>
/// <param name="Table">Its rows.</param>
/// <param name="Folder">Where lists of classes and prompts may lie beside it.</param>
/// <param name="Root">What its paths are relative to.</param>
internal sealed record PackInput(Table Table, string Folder, string Root)
{
    private const int FilesLookedAt = 1000;

    /// <summary>Whether it is a folder for each class, which are in their order the classes.</summary>
    public bool HasClassFolders => Table is ClassFolderTable;

    /// <summary>Finds out what it is.</summary>
    /// <exception cref="UserErrorException">There is nothing there, or nothing of these kinds.</exception>
    public static PackInput Open(string input, string? root)
    {
        if (root is not null && !Directory.Exists(root))
        {
            throw new UserErrorException($"{root}: no such folder. Give the one that the table's paths are relative to.");
        }

        if (File.Exists(input))
        {
            return OfTable(input, root);
        }

        if (!Directory.Exists(input))
        {
            throw new UserErrorException($"{input}: no such file or folder. Give a table (.{string.Join(", .", Table.Extensions)}), "
                + "a folder for each class, or a folder of images with a .txt or .json beside each.");
        }

        if (Table.FindIn(input) is { } inside)
        {
            return OfTable(inside, root);
        }

        var table = HasPairs(input) ? new FilePairTable(input) : ClassFolderTable.Find(input) ?? (Table?)null;
        return table is not null ? new PackInput(table, input, input) : throw Nothing(input);
    }

    private static PackInput OfTable(string path, string? root)
    {
        if (!Table.IsTable(path))
        {
            throw new UserErrorException($"{path}: is no table by its ending; give .{string.Join(", .", Table.Extensions)}, or a folder.");
        }

        var folder = Path.GetDirectoryName(path) is { Length: > 0 } own ? own : ".";
        return new PackInput(Table.Open(path), folder, root ?? folder);
    }

    private static bool HasPairs(string folder)
        => FolderTree.Files(folder).Where(FilePairTable.IsMedia).Take(FilesLookedAt)
            .Any(path => FilePairTable.Sidecars.Any(end => File.Exists(Path.ChangeExtension(path, end))));

    private static UserErrorException Nothing(string input)
    {
        var files = MediaFiles.Count(FolderTree.Files(input).Take(FilesLookedAt));
        return new UserErrorException($"{input}: holds neither a table (.{string.Join(", .", Table.Extensions)}), nor a folder for each "
            + $"class, nor images with a .txt or .json beside each{(files.Length > 0 ? $", but {files}" : "")}. Check the path.");
    }
}
