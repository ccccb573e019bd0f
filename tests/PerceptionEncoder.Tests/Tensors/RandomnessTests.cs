using System.Text.RegularExpressions;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public partial class RandomnessTests
{
    public RandomnessTests() => TorchRuntime.Initialize();

    [Fact]
    public void A_seed_replays_what_is_drawn()
    {
        using var scope = NewDisposeScope();
        float[] Draw()
        {
            Randomness.Seed(CPU, 7);
            return Randomness.Uniform(CPU, 2, 3).data<float>().ToArray();
        }

        Assert.Equal(Draw(), Draw());
        manual_seed(7);
        Assert.Equal(rand(2, 3).data<float>().ToArray(), Draw());
    }

    [Fact]
    public void Hidden_patches_are_drawn_by_the_host_whatever_the_device_so_that_a_seed_replays_them_anywhere()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        TokenMask.Draw(2, 9, 0.4, CPU);
        var next = rand(1).item<float>();
        manual_seed(5);
        Assert.Equal(TorchSharp.DeviceType.META, TokenMask.Draw(2, 9, 0.4, META).device_type);   // its own generator draws nothing
        Assert.Equal(next, rand(1).item<float>());
    }

    [Fact]
    public void No_model_objective_or_evaluator_draws_on_a_device()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Root, "src"), "*.cs", SearchOption.AllDirectories);
        Assert.Empty(sources.Where(file => !file.Contains("/Benchmark/", StringComparison.Ordinal))
            .Where(file => !file.Contains("/Doctor/", StringComparison.Ordinal)) // looks at the devices' own generators
            .SelectMany(file => File.ReadLines(file).Where(line => DrawOnDevice().IsMatch(line)).Select(line => $"{file}: {line.Trim()}")));
    }

    [GeneratedRegex(@"\b(rand|randn|randint|randperm|normal|bernoulli)\([^)]*device")]
    private static partial Regex DrawOnDevice();
}
