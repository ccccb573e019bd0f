using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Evaluation;
using PerceptionEncoder.Tests.Inference;

namespace PerceptionEncoder.Tests.Packaging;

/// <summary>
/// What <c>scripts/package.sh</c> packs works in a project that has nothing of this repository. Everything else comes from what this build
/// has restored; no network is needed.
/// </summary>
public sealed partial class PackageTests : IDisposable
{
    private const long LargestOutput = 600_000_000;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-package-").FullName;

    private static string Restored
        => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void The_packages_restore_in_a_fresh_project_and_run_the_readmes_example_as_it_is_printed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "scripts/package.sh is a shell script");
        Run("bash", RepositoryPaths.Root, "scripts/package.sh", Path.Combine(folder, "dist"), "library");
        var project = Directory.CreateDirectory(Path.Combine(folder, "project")).FullName;
        var output = Path.Combine(project, "bin/Release/net10.0");
        File.WriteAllText(Path.Combine(project, "Program.cs"), Example("README.md"));
        File.WriteAllText(Path.Combine(project, "project.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="PerceptionEncoder.Cpu" Version="*" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(project, "nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder}/packages" /></config>
              <packageSources><clear /><add key="packed" value="{folder}/dist" /></packageSources>
              <fallbackPackageFolders><clear /><add key="restored" value="{Restored}" /></fallbackPackageFolders>
            </configuration>
            """);
        Run(DotNet, project, "build", "-c", "Release", "-v", "quiet", "--nologo");
        Assert.InRange(new DirectoryInfo(output).GetFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 1, LargestOutput);

        SmallCheckpoint.Write(Path.Combine(project, "PE-Core-L14-336.pt"));
        File.WriteAllBytes(Path.Combine(project, "cat.jpg"), JpegEncoder.Encode(new Canvas(70, 50, (255, 165, 0)).ToImage()));
        Assert.Equal(1, Probabilities(), 1e-5);

        // As a project that refers to the library by its path gets it: with a file that Debian 12's loader refuses.
        var native = Directory.GetFiles(output, "libLibTorchSharp.so", SearchOption.AllDirectories).Single();
        var pinned = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "Directory.Packages.props"));
        var version = PackageVersion().Match(pinned).Groups[1].Value;
        File.Copy(Path.Combine(Restored, $"torchsharp/{version}/runtimes/linux-x64/native/libLibTorchSharp.so"), native, overwrite: true);
        Assert.Equal(1, Probabilities(), 1e-5);

        double Probabilities() => Run(DotNet, project, Path.Combine(output, "project.dll")).Split(' ')
            .Sum(number => double.Parse(number, CultureInfo.InvariantCulture));
    }

    [Fact]
    public void The_packages_own_page_has_the_same_example() => Assert.Equal(Example("README.md"), Example("packaging/README.md"));

    private static string DotNet => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    private static string Example(string page) => Code().Match(File.ReadAllText(Path.Combine(RepositoryPaths.Root, page))).Groups[1].Value;

    private static string Run(string program, string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        start.Environment.Remove("MSBUILD_EXE_PATH");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{error.Result}");
        return output;
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("<TorchSharpVersion>(.+)</TorchSharpVersion>", RegexOptions.CultureInvariant)]
    private static partial Regex PackageVersion();
}
