using System.Text.Json;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// The recorded numbers of the published implementations: the folder named by <c>PE_GOLDEN_DIR</c>, else <c>../shared/golden</c>
/// beside the repository. Cases are found by listing it, so that other recordings of the same layout run through the same tests.
/// </summary>
public static class GoldenFolder
{
    /// <summary>Stands in for the file name where the folder or the kind is absent; the test then skips and says why.</summary>
    public const string Absent = "(absent)";

    public static string Path { get; } = Environment.GetEnvironmentVariable("PE_GOLDEN_DIR") is { Length: > 0 } named
        ? named
        : RepositoryPaths.Beside("shared/golden");

    /// <summary>xunit theory rows: the names of the files that match, or one row that skips.</summary>
    public static TheoryData<string> Cases(string pattern)
    {
        var names = Directory.Exists(Path)
            ? Directory.GetFiles(Path, pattern).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal).ToArray()
            : [];
        return names.Length == 0 ? new TheoryData<string>(Absent) : new TheoryData<string>(names!);
    }

    /// <summary>Opens a case, or skips the test where it is absent.</summary>
    public static SafetensorsFile Open(string name)
    {
        SkipIfAbsent(name);
        TorchRuntime.Initialize();
        return SafetensorsFile.Open(System.IO.Path.Combine(Path, name));
    }

    public static void SkipIfAbsent(string name)
        => Skip.If(name == Absent, $"no golden file of this kind in {Path}; set PE_GOLDEN_DIR to the recorded numbers");

    /// <summary>The hyper-parameters of a case.</summary>
    public static JsonElement Config(SafetensorsFile file) => JsonDocument.Parse(file.Metadata["config"]).RootElement;

    /// <summary>Largest absolute difference of two tensors of one shape.</summary>
    public static double MaxDifference(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        return expected.numel() == 0 ? 0 : (expected.to(float64) - actual.detach().to(float64)).abs().max().item<double>();
    }
}
