using System.Diagnostics;
using System.Text.Json;

namespace PerceptionEncoder.Tests;

/// <summary>
/// What <c>-p:TorchBackend=cuda</c> changes. The CUDA package is not needed for this: the project is evaluated, not restored.
/// </summary>
public class TorchBackendTests
{
    [Fact]
    public async Task The_cuda_backend_swaps_one_package_at_the_same_version_and_nothing_else()
    {
        var evaluations = await Task.WhenAll(PackagesOf("cpu"), PackagesOf("cuda"));
        var (cpu, cuda) = (evaluations[0], evaluations[1]);

        Assert.Contains("TorchSharp-cpu", cpu);
        Assert.NotEqual("", cpu["TorchSharp-cpu"]);
        var swapped = new Dictionary<string, string>(cpu) { ["TorchSharp-cuda-linux"] = cpu["TorchSharp-cpu"] };
        swapped.Remove("TorchSharp-cpu");
        Assert.Equal(
            swapped.OrderBy(package => package.Key, StringComparer.Ordinal),
            cuda.OrderBy(package => package.Key, StringComparer.Ordinal));
    }

    /// <summary>The library's direct packages with the versions that are pinned centrally.</summary>
    private static async Task<Dictionary<string, string>> PackagesOf(string backend)
    {
        var project = Path.Combine(RepositoryPaths.Root, "src", "PerceptionEncoder", "PerceptionEncoder.csproj");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            ArgumentList = { "msbuild", project, "-nologo", $"-p:TorchBackend={backend}", "-getItem:PackageReference,PackageVersion" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await errors);

        using var json = JsonDocument.Parse(output);
        var items = json.RootElement.GetProperty("Items");
        var versions = items.GetProperty("PackageVersion").EnumerateArray()
            .ToDictionary(Identity, item => item.GetProperty("Version").GetString()!);
        return items.GetProperty("PackageReference").EnumerateArray()
            .Select(Identity)
            .ToDictionary(name => name, name => versions.GetValueOrDefault(name, ""));
    }

    private static string Identity(JsonElement item) => item.GetProperty("Identity").GetString()!;
}
