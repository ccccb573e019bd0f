namespace PerceptionEncoder.Tests;

/// <summary>Where the repository is, seen from the test's output folder.</summary>
public static class RepositoryPaths
{
    public static string Root { get; } = FindRoot();

    /// <summary>Real data sets: <c>PE_DATA_DIR</c>, else <c>../shared/data</c>.</summary>
    public static string Data { get; } = Environment.GetEnvironmentVariable("PE_DATA_DIR") is { Length: > 0 } named
        ? named
        : Beside("shared/data");

    /// <summary>A path in the folder that holds the repository.</summary>
    public static string Beside(string relative) => Path.GetFullPath(Path.Combine(Root, "..", relative));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PerceptionEncoder.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"PerceptionEncoder.sln is not above {AppContext.BaseDirectory}");
    }
}
