using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Collects the largest difference of one recording, checks each against the bar, and prints the figure.</summary>
internal sealed class GoldenChecks(SafetensorsFile file, ITestOutputHelper output) : IDisposable
{
    /// <summary>What the issue asks of float32.</summary>
    public const double Absolute = 1e-4;

    /// <summary>Of a gradient, relative to the largest entry of its tensor.</summary>
    public const double Relative = 1e-4;

    private readonly HashSet<string> seen = [];
    private double largest;
    private double largestGradient;

    /// <summary>An output against the recorded one.</summary>
    public void Near(string name, Tensor actual)
    {
        using var expected = file.Read(name);
        var difference = GoldenFolder.MaxDifference(expected, actual);
        Assert.True(difference <= Absolute, $"{name} differs by {difference:g3}");
        seen.Add(name);
        largest = Math.Max(largest, difference);
    }

    /// <summary>A gradient against the recorded one, relative to its largest entry.</summary>
    public void GradientNear(string name, Tensor? actual)
    {
        Assert.True(actual is not null, $"{name} has no gradient");
        using var scope = NewDisposeScope();
        var expected = file.Read(name);
        var difference = GoldenFolder.MaxDifference(expected, actual) / expected.abs().max().item<float>();
        Assert.True(difference <= Relative, $"{name} differs by {difference:g3} of its largest entry");
        seen.Add(name);
        largestGradient = Math.Max(largestGradient, difference);
    }

    /// <summary>Every recorded <c>features/SIZE/layerI_normN_stripS</c>.</summary>
    public void FeaturesNear(VisionTransformer visual, Func<string, Tensor> images)
    {
        foreach (var (rest, name) in RecordedModel.Under(file, "out/features/"))
        {
            using var scope = NewDisposeScope();
            var parts = rest.Split('/');
            var settings = parts[1].Split('_');
            var layer = int.Parse(settings[0]["layer".Length..]);
            Near(
                name,
                visual.ForwardFeatures(
                    images(parts[0]).narrow(0, 0, 2),
                    layer,
                    norm: settings[1] == "norm1",
                    stripClassToken: settings[2] == "strip1"));
        }
    }

    /// <summary>Every gradient recorded under <c>grad/</c>.</summary>
    public void GradientsNear(nn.Module model)
    {
        var parameters = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach (var (rest, name) in RecordedModel.Under(file, "grad/"))
        {
            using var gradient = parameters[rest].grad;
            GradientNear(name, gradient);
        }
    }

    /// <summary>Fails where a recorded result was not compared, and prints what was.</summary>
    public void Dispose()
    {
        var missed = file.Entries.Keys.Where(
            name => (name.StartsWith("out/", StringComparison.Ordinal) || name.StartsWith("grad", StringComparison.Ordinal))
                && !seen.Contains(name));
        output.WriteLine($"{Path.GetFileName(file.Path)}: {seen.Count} tensors, largest difference {largest:g3}, "
            + $"of gradients {largestGradient:g3} (relative)");
        Assert.Empty(missed);
    }
}
