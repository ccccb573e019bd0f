namespace PerceptionEncoder.Data.Items;

/// <summary>Files of a folder and of all below it.</summary>
internal static class FolderTree
{
    // Hidden files are passed over: dot files, and the "._name" that some systems leave beside every image.
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    /// <summary>
    /// In ordinal order of their paths, with memory for the names of one folder after the other. Links are followed, but not round in a
    /// circle.
    /// </summary>
    /// <exception cref="UserErrorException">A folder cannot be read.</exception>
    public static IEnumerable<string> Files(string folder)
        => Files(folder, Target(new DirectoryInfo(folder)) is { } target ? [target] : []);

    /// <param name="folder">Where to look.</param>
    /// <param name="followed">Targets of the links on the way to it.</param>
    private static IEnumerable<string> Files(string folder, string[] followed)
    {
        foreach (var entry in Entries(folder))
        {
            var path = Path.Combine(folder, entry.Name);
            if (!IsFolder(entry))
            {
                yield return path;
                continue;
            }

            var target = Target(entry);
            if (target is not null
                && (followed.Contains(target) || entry.FullName.StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            {
                continue;
            }

            foreach (var file in Files(path, target is null ? followed : [.. followed, target]))
            {
                yield return file;
            }
        }
    }

    private static FileSystemInfo[] Entries(string folder)
    {
        try
        {
            // A folder's name counts with its separator, which makes the order that of whole paths.
            return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Visible)
                .OrderBy(entry => IsFolder(entry) ? entry.Name + Path.DirectorySeparatorChar : entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{folder}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check the folder and its permissions.",
                failure);
        }
    }

    private static bool IsFolder(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.Directory);

    /// <summary>Where a link leads, without separator at the end; null for what is no link.</summary>
    private static string? Target(FileSystemInfo entry)
        => entry.LinkTarget is null ? null : Path.TrimEndingDirectorySeparator(entry.ResolveLinkTarget(returnFinalTarget: true)!.FullName);
}
