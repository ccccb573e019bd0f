namespace PerceptionEncoder.Configuration;

/// <summary>Reads a config file and, below it, the files that it extends.</summary>
internal sealed class ConfigSources(Type type, EnvironmentExpansion environment, ICollection<ConfigProblem> problems)
{
    /// <summary>The key, at the top of a file, that names its base.</summary>
    public const string Extends = "extends";

    /// <summary>Bytes of the largest config that is read.</summary>
    private const long LargestFile = 16 << 20;

    /// <summary>Files that may stand on top of each other.</summary>
    private const int MostFiles = 100;

    private readonly List<string> _files = [];

    /// <summary>The files read, the first one first.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>The merged map; null when a file could not be read.</summary>
    public ConfigNode? Read(string path) => Read(path, SourceLocation.Whole(path), []);

    private ConfigNode? Read(string path, SourceLocation namedAt, HashSet<string> above)
    {
        if (ReadText(path, namedAt) is not { } yaml)
        {
            return null;
        }

        if (!above.Add(Path.GetFullPath(path)))
        {
            Report(namedAt, $"{path} extends itself: {string.Join(" -> ", _files)} -> {path}");
            return null;
        }

        if (above.Count > MostFiles)
        {
            Report(namedAt, $"{path}: more than {MostFiles} files extend each other");
            return null;
        }

        _files.Add(path);
        var root = ConfigReader.Read(yaml, path, problems);
        switch (root)
        {
            case null:
                return null;
            case ConfigScalar { IsNull: true } empty:
                return new ConfigMap([], empty.Location);
            case not ConfigMap:
                Report(root.Location, $"expected a map of keys, found {root.Description}");
                return null;
        }

        var map = (ConfigMap)root;
        if (map.Find(Extends) is not { } extends)
        {
            return map;
        }

        map = map with { Entries = [.. map.Entries.Where(entry => entry != extends)] };
        if (environment.Expand(extends.Value, Extends) is not ConfigScalar { IsNull: false } named)
        {
            Report(extends.Value.Location, $"{Extends}: expected the path of a base config, found {extends.Value.Description}");
            return null;
        }

        return !named.IsBroken && Read(Beside(path, named.Text), named.Location, above) is { } below
            ? ConfigMerge.Overlay(below, map, type)
            : null;
    }

    private string? ReadText(string path, SourceLocation namedAt)
    {
        var what = namedAt.Line == 0 ? "" : $"{Extends}: {path}: ";
        try
        {
            return UserText.Decode(UserFile.ReadRegular(path, LargestFile));
        }
        catch (TextEncodingException problem)
        {
            Report(new SourceLocation(path, problem.Line, 1), problem.Message);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            Report(namedAt, $"{what}no such config file");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Report(namedAt, $"{what}cannot be read as a config file: {problem.Message}");
        }

        return null;
    }

    /// <summary>A path that a file names, relative to that file, as the user would write it.</summary>
    private static string Beside(string file, string named) =>
        Path.IsPathRooted(named) ? named : Path.Join(Path.GetDirectoryName(file), named);

    private void Report(SourceLocation location, string message) => problems.Add(new ConfigProblem(location, "", message));
}
