using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class CheckpointCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [Theory]
    [InlineData("open_clip", "safetensors", "0 different, 0 only in A, 0 only in B")]
    [InlineData("meta", "safetensors", "0 different, 0 only in A, 0 only in B")]
    [InlineData("timm", "safetensors", "0 different, ")]
    [InlineData("hf", "safetensors", "0 different, ")]
    public void Conversion_keeps_every_number(string layout, string format, string expected)
    {
        var file = trained.At($"{layout}.{format}");
        Succeed("checkpoint", "convert", trained.Run, file, "--to", layout, "--format", format);
        Assert.Contains(expected, Succeed("checkpoint", "diff", trained.Run, file), StringComparison.Ordinal);
        var back = trained.At($"{layout}-back.safetensors");
        Succeed("checkpoint", "convert", file, back, "--to", "meta");
        Assert.Contains("0 different, 0 only in A, 0 only in B", Succeed("checkpoint", "diff", file, back), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspection_names_tensors_layout_and_model()
    {
        var file = trained.At("half.pt");
        Succeed("checkpoint", "convert", trained.Run, file, "--to", "open_clip", "--dtype", "fp16");
        var json = trained.At("inspect.json");
        var output = Succeed("checkpoint", "inspect", file, "--json", json);
        Assert.Contains("open_clip", output, StringComparison.Ordinal);
        using var inspection = JsonDocument.Parse(File.ReadAllText(json));
        var tensors = inspection.RootElement.GetProperty("tensors").EnumerateArray().ToArray();
        Assert.All(tensors, tensor => Assert.Equal("float16", tensor.GetProperty("dtype").GetString()));
        Assert.Equal(new FileInfo(file).Length, inspection.RootElement.GetProperty("file_bytes").GetInt64());
    }

    [Fact]
    public void An_average_with_itself_is_itself_and_between_two_it_lies_between()
    {
        var (average, untrained) = (trained.At("average.safetensors"), trained.At("first"));
        Succeed("checkpoint", "average", trained.Run, trained.Run, "--output", average);
        Assert.Contains("0 different", Succeed("checkpoint", "diff", trained.Run, average), StringComparison.Ordinal);

        var first = Directory.GetDirectories(Path.Combine(trained.Run, "checkpoints")).Order(StringComparer.Ordinal).First();
        Succeed("checkpoint", "average", first, trained.Run, "--weights", "1", "0", "--output", average);
        Assert.Contains("0 different", Succeed("checkpoint", "diff", first, average), StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 different", Succeed("checkpoint", "diff", trained.Run, average), StringComparison.Ordinal);
        Assert.False(File.Exists(untrained));
    }

    [Theory]
    [InlineData("checkpoint average {0} {0} --weights 0.5 0.6 --output {1}", "they add up to 1.1, not 1")]
    [InlineData("checkpoint average {0} --output {1}", "at least two")]
    [InlineData("checkpoint convert {0} {1} --image-size 4", "smaller than the model's patch")]
    [InlineData("checkpoint convert /nowhere {1}", "/nowhere: no such file")]
    [InlineData("checkpoint convert {0} /proc/x.safetensors", "/proc")]
    [InlineData("checkpoint create PE-Core-X --output {1}", "there is no 'PE-Core-X'")]
    [InlineData("checkpoint inspect hf://owner", "not an address")]
    public void A_wrong_command_is_one_line(string command, string expected)
    {
        var arguments = command.Split(' ')
            .Select(argument => argument.Replace("{0}", trained.Run, StringComparison.Ordinal)
                .Replace("{1}", trained.At("never.safetensors"), StringComparison.Ordinal));
        var (code, _, error) = PeProcess.Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(expected, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(trained.At("never.safetensors")));
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("pt")]
    public void A_full_disk_leaves_nothing_under_the_final_name(string format)
    {
        var folder = Directory.CreateDirectory(trained.At($"full-{format}")).FullName;
        using var pe = PeProcess.StartFrom(
            "trap '' XFSZ; ulimit -f 16; export DOTNET_EnableWriteXorExecute=0; \"$@\"",
            "checkpoint",
            "convert",
            trained.Run,
            Path.Combine(folder, $"out.{format}"));
        var (code, _, error) = pe.Wait();
        Assert.Equal(2, code);
        Assert.Contains("cannot be written", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Loading_is_measured()
    {
        var json = trained.At("load.json");
        Succeed("bench", "load", "--checkpoint", trained.Run, "--json", json);
        using var measured = JsonDocument.Parse(File.ReadAllText(json));
        Assert.True(measured.RootElement.GetProperty("LoadSeconds").GetDouble() > 0);
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
