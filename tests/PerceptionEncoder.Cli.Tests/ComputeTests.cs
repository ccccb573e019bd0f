using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>What multiplies is the same from run to run, exact on every CPU, and written down.</summary>
public sealed class ComputeTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private string Images => Path.Combine(trained.Scenes, "classification/test/0.tar");

    [Fact]
    public void The_same_command_gives_the_same_bytes_and_says_what_multiplied()
    {
        var first = Encode("first", "");
        Assert.Equal(first.Bytes, Encode("second", "").Bytes);
        Assert.Contains(first.Products, new[] { "fp32 by mkl", "fp32 by one_dnn" });
        Assert.Contains(first.Products, first.Output, StringComparison.Ordinal);
        Assert.Equal("fp32 by mkl", Encode("mkl", "", "--cpu-matmul", "mkl").Products);
    }

    [Theory]
    [InlineData("AVX512_CORE")]
    [InlineData("AVX2")]
    [InlineData("DEFAULT")]
    public void Features_in_float32_are_those_of_MKL_on_every_kind_of_CPU(string instructions)
    {
        var expected = Floats(Encode($"{instructions}-mkl", "", "--cpu-matmul", "mkl").Bytes);
        var actual = Floats(Encode($"{instructions}-auto", $"ONEDNN_MAX_CPU_ISA={instructions} ").Bytes);
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 2e-5f * largest));
    }

    [Fact]
    public void A_runs_config_names_the_library_that_multiplied()
        => Assert.Contains("  cpu_matmul: mkl\n", File.ReadAllText(Path.Combine(trained.Run, "config.yaml")), StringComparison.Ordinal);

    [Fact]
    public void A_bench_at_another_image_size_says_what_multiplied_and_prints_no_share_above_100_percent()
    {
        var json = trained.At("bench.json");
        var (code, output, error) = PeProcess.Run(
            "bench", "encode", "--preset", "PE-Core-T16-384", "--image-size", "64", "--batch", "1", "--steps", "2", "--json", json);
        Assert.True(code == 0, output + error);
        using var result = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(64, result.RootElement.GetProperty("image_size").GetInt32());
        Assert.InRange(result.RootElement.GetProperty("peak_share").GetDouble(), 0, 1);
        Assert.Contains(result.RootElement.GetProperty("products").GetString()!, output, StringComparison.Ordinal);
    }

    private (byte[] Bytes, string Products, string Output) Encode(string name, string environment, params string[] options)
    {
        var (file, json) = (trained.At($"{name}.npy"), trained.At($"{name}.json"));
        using var pe = PeProcess.StartFrom(
            $"{environment}\"$@\"",
            ["encode", "images", Images, "--checkpoint", trained.Run, "--output", file, "--json", json, .. options]);
        var (code, output, error) = pe.Wait();
        Assert.True(code == 0, output + error);
        using var summary = JsonDocument.Parse(File.ReadAllText(json));
        return (File.ReadAllBytes(file), summary.RootElement.GetProperty("products").GetString()!, output);
    }

    /// <summary>The numbers behind the head of a .npy file.</summary>
    private static float[] Floats(byte[] file)
    {
        var head = 10 + BitConverter.ToUInt16(file, 8);
        var values = new float[(file.Length - head) / sizeof(float)];
        Buffer.BlockCopy(file, head, values, 0, values.Length * sizeof(float));
        return values;
    }
}
