using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>
/// The build for CUDA finds its packages. The native ones are gigabytes that few machines have, so that empty ones of their names stand in;
/// all others come from what this build has restored before. No network is needed.
/// </summary>
public sealed partial class CudaRestoreTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-restore-").FullName;

    private static string Restored
        => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_CUDA_backend_restores_and_leaves_the_committed_lock_files_as_they_are()
    {
        var project = CopyProjects();
        WriteStandIn("TorchSharp-cuda-linux", dependency: "TorchSharp");
        WriteSources();
        var locks = Directory.GetFiles(project, "packages.lock.json", SearchOption.AllDirectories)
            .ToDictionary(file => file, File.ReadAllText);
        Assert.NotEmpty(locks);

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "restore", "src/PerceptionEncoder.Cli", "-p:TorchBackend=cuda", "-p:Configuration=Release", "-v", "quiet" },
            WorkingDirectory = project,
            RedirectStandardOutput = true,
        };
        start.Environment["NUGET_PACKAGES"] = Path.Combine(folder, "packages");                // the stand-in is not to stay
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var restore = Process.Start(start)!;
        var output = restore.StandardOutput.ReadToEnd();
        restore.WaitForExit();

        Assert.True(restore.ExitCode == 0, output);
        Assert.All(locks, entry => Assert.Equal(entry.Value, File.ReadAllText(entry.Key)));
        var assets = File.ReadAllText(Path.Combine(project, "src/PerceptionEncoder.Cli/obj/project.assets.json"));
        Assert.Contains("\"TorchSharp-cuda-linux/", assets, StringComparison.Ordinal);
        Assert.DoesNotContain("\"TorchSharp-cpu/", assets, StringComparison.Ordinal);
    }

    /// <summary>What restoring reads of the repository.</summary>
    private string CopyProjects()
    {
        var target = Path.Combine(folder, "repository");
        string[] rooms = [".", "build", "src/PerceptionEncoder", "src/PerceptionEncoder.Cli"];
        string[] patterns = ["*.props", "*.targets", "global.json", "*.csproj", "packages.lock.json"];
        foreach (var room in rooms)
        {
            Directory.CreateDirectory(Path.Combine(target, room));
            foreach (var file in patterns.SelectMany(pattern => Directory.GetFiles(Path.Combine(Repository.Root, room), pattern)))
            {
                File.Copy(file, Path.Combine(target, room, Path.GetFileName(file)));
            }
        }

        return target;
    }

    /// <summary>A package without files, at the version that is pinned.</summary>
    private void WriteStandIn(string name, string dependency)
    {
        var pinned = File.ReadAllText(Path.Combine(Repository.Root, "Directory.Packages.props"));
        var version = Version().Match(pinned).Groups[1].Value;
        Directory.CreateDirectory(Path.Combine(folder, "source"));
        using var package = ZipFile.Open(Path.Combine(folder, $"source/{name}.{version}.nupkg"), ZipArchiveMode.Create);
        using var specification = new StreamWriter(package.CreateEntry($"{name}.nuspec").Open());
        specification.Write($"""
            <?xml version="1.0" encoding="utf-8"?>
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{name}</id><version>{version}</version><authors>a test</authors><description>Stands in.</description>
                <dependencies>
                  <group targetFramework="netstandard2.0"><dependency id="{dependency}" version="{version}" /></group>
                </dependencies>
              </metadata>
            </package>
            """);
    }

    private void WriteSources() => File.WriteAllText(
        Path.Combine(folder, "repository/nuget.config"),
        $"""
        <configuration>
          <packageSources><clear /><add key="stand-ins" value="{folder}/source" /></packageSources>
          <fallbackPackageFolders><clear /><add key="restored" value="{Restored}" /></fallbackPackageFolders>
        </configuration>
        """);

    [GeneratedRegex("<TorchSharpVersion>(.+)</TorchSharpVersion>", RegexOptions.CultureInvariant)]
    private static partial Regex Version();
}
