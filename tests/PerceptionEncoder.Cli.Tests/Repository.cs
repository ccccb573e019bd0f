namespace PerceptionEncoder.Cli.Tests;

/// <summary>Where the repository and its built command are, seen from the test's output folder.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Of the same configuration as the tests.</summary>
    public static string Pe { get; } = Path.Combine(
        Root,
        "src/PerceptionEncoder.Cli/bin",
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name,
        "net10.0/pe");

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
