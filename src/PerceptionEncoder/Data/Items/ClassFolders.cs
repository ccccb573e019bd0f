namespace PerceptionEncoder.Data.Items;

/// <summary>
/// The folders of a set that are its classes: those that hold media, at any depth, and are none of the folders that programs leave behind.
/// </summary>
/// <param name="Names">Of the classes, in no order.</param>
/// <param name="PassedOver">Names of the other folders, in ordinal order.</param>
internal sealed record ClassFolders(IReadOnlyList<string> Names, IReadOnlyList<string> PassedOver)
{
    private const int MostShown = 8;

    private static readonly HashSet<string> LeftByPrograms = new(
        ["__MACOSX", "@eaDir", "#recycle", "@Recycle", "lost+found", "$RECYCLE.BIN", "System Volume Information", "__pycache__"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Looks into each folder until something of the kind is found.</summary>
    /// <param name="root">The set.</param>
    /// <param name="isMedia">Whether a file is of the kind.</param>
    /// <exception cref="UserErrorException">A folder cannot be read.</exception>
    public static ClassFolders In(string root, Func<string, bool> isMedia)
    {
        try
        {
            var folders = Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
                .ToLookup(name => IsClass(root, name, isMedia));
            return new ClassFolders([.. folders[true]], [.. folders[false]]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{root}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check the folder and its permissions.",
                failure);
        }
    }

    /// <summary>What was passed over, in one line for the log; null where nothing was.</summary>
    public string? Note
    {
        get
        {
            var names = string.Join(", ", PassedOver.Take(MostShown)) + (PassedOver.Count > MostShown ? ", ..." : "");
            return PassedOver.Count switch
            {
                0 => null,
                1 => $"passed over 1 folder that is no class: {names}",
                var count => $"passed over {count} folders that are no classes: {names}",
            };
        }
    }

    private static bool IsClass(string root, string name, Func<string, bool> isMedia)
    {
        var folder = Path.Combine(root, name);
        return !name.StartsWith('.') && !LeftByPrograms.Contains(name)
            && (Directory.EnumerateFiles(folder).Any(isMedia) || FolderTree.Files(folder).Any(isMedia));
    }
}
