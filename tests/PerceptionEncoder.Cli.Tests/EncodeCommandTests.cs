using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class EncodeCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private string Images => Path.Combine(trained.Scenes, "classification/test/0.tar");

    [Fact]
    public void Images_become_one_row_each_of_the_models_dimension()
    {
        var (output, json) = (trained.At("images.npy"), trained.At("images.json"));
        Succeed(
            "encode", "images", Images, "--checkpoint", trained.Run, "--normalize", "--batch", "16", "--output", output, "--json", json);
        using var summary = JsonDocument.Parse(File.ReadAllText(json));
        var rows = summary.RootElement.GetProperty("rows").GetInt32();
        Assert.Equal(rows, File.ReadAllLines(output + ".keys.txt").Length);
        var (shape, values) = ReadNpy(output);
        Assert.Equal([rows, 32], shape);
        Assert.All(values.Chunk(32), row => Assert.Equal(1, row.Sum(value => (double)value * value), 1e-4));
    }

    [Fact]
    public void The_batch_does_not_change_the_features()
    {
        Succeed("encode", "images", Images, "--checkpoint", trained.Run, "--batch", "7", "--output", trained.At("seven.npy"));
        Succeed("encode", "images", Images, "--checkpoint", trained.Run, "--batch", "32", "--output", trained.At("many.npy"));
        foreach (var (one, other) in ReadNpy(trained.At("seven.npy")).Values.Zip(ReadNpy(trained.At("many.npy")).Values))
        {
            Assert.Equal(one, other, 1e-4f);
        }
    }

    [Fact]
    public void Tokens_of_a_layer_at_another_size_have_the_grid_of_that_size()
    {
        Succeed(
            "encode", "images", Images, "--checkpoint", trained.Run, "--tokens", "--layer", "0", "--image-size", "24", "--dtype", "fp16",
            "--output", trained.At("tokens.safetensors"));
        var json = trained.At("tokens.json");
        using var header = JsonDocument.Parse(SafetensorsHeader(trained.At("tokens.safetensors")));
        var tensor = header.RootElement.EnumerateObject().Single(entry => entry.Name != "__metadata__").Value;
        Assert.Equal("F16", tensor.GetProperty("dtype").GetString());
        Assert.Equal([1 + (3 * 3), 32], tensor.GetProperty("shape").EnumerateArray().Skip(1).Select(side => side.GetInt32()));
        Assert.False(File.Exists(json));
    }

    [Fact]
    public void A_vision_tower_alone_encodes_images_but_not_texts()
    {
        var tower = trained.At("tower.safetensors");
        Succeed("checkpoint", "convert", trained.Run, tower, "--to", "timm");
        Succeed("encode", "images", Images, "--checkpoint", trained.Run, "--output", trained.At("both.npy"));
        Succeed("encode", "images", Images, "--checkpoint", tower, "--output", trained.At("alone.npy"));
        Assert.All(
            ReadNpy(trained.At("both.npy")).Values.Zip(ReadNpy(trained.At("alone.npy")).Values),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        File.WriteAllText(trained.At("texts.txt"), "a red circle\n");
        AssertOneLine(
            PeProcess.Run("encode", "texts", trained.At("texts.txt"), "--checkpoint", tower, "--output", trained.At("never.npy")),
            "without text tower");
    }

    [Fact]
    public void Texts_and_images_give_the_similarities_that_the_similarity_command_shows()
    {
        var texts = new[] { "a red circle", "two blue squares" };
        File.WriteAllLines(trained.At("two.txt"), texts);
        File.WriteAllBytes(trained.At("scene.png"), FirstPng(Images));
        Succeed("encode", "texts", trained.At("two.txt"), "--checkpoint", trained.Run, "--normalize", "--output", trained.At("two.npy"));
        Succeed(
            "encode", "images", trained.At("scene.png"), "--checkpoint", trained.Run, "--normalize", "--output", trained.At("scene.npy"));
        var json = trained.At("similarity.json");
        var output =
            Succeed("similarity", trained.At("scene.png"), "--text", texts[0], texts[1], "--checkpoint", trained.Run, "--json", json);
        Assert.All(texts, text => Assert.Contains(text, output, StringComparison.Ordinal));

        using var similarity = JsonDocument.Parse(File.ReadAllText(json));
        var shown = similarity.RootElement.GetProperty("similarities")[0].EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var image = ReadNpy(trained.At("scene.npy")).Values;
        var expected = ReadNpy(trained.At("two.npy")).Values
            .Chunk(32)
            .Select(text => text.Zip(image).Sum(pair => (double)pair.First * pair.Second)).ToArray();
        Assert.Equal(expected, shown, (one, other) => Math.Abs(one - other) < 1e-4);

        var scale = similarity.RootElement.GetProperty("logit_scale").GetDouble();
        var odds = expected.Select(cosine => Math.Exp(scale * cosine)).ToArray();
        var probabilities = similarity.RootElement.GetProperty("probabilities")[0].EnumerateArray().Select(value => value.GetDouble());
        Assert.Equal(odds.Select(odd => odd / odds.Sum()), probabilities, (one, other) => Math.Abs(one - other) < 1e-3);
    }

    [Fact]
    public void An_unreadable_input_is_named_and_counted()
    {
        var folder = Directory.CreateDirectory(trained.At("mixed")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "good.png"), FirstPng(Images));
        File.WriteAllText(Path.Combine(folder, "bad.png"), "no picture at all");
        var (code, output, error) = PeProcess.Run(
            "encode", "images", folder, "--checkpoint", trained.Run, "--output", trained.At("mixed.npy"));
        Assert.Equal(0, code);
        Assert.Contains("1 rows from 2 inputs (1 unreadable)", output, StringComparison.Ordinal);
        Assert.Contains("bad.png: not an image", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_is_one_path_a_line_and_a_text_may_begin_with_its_sign()
    {
        string[] paths = [trained.At("a scene.png"), trained.At("--batch 0.png")];
        Array.ForEach(paths, path => File.WriteAllBytes(path, FirstPng(Images)));
        File.WriteAllLines(trained.At("list"), paths);
        Succeed("encode", "images", "@" + trained.At("list"), "--checkpoint", trained.Run, "--output", trained.At("list.npy"));
        Assert.Equal(paths, File.ReadAllLines(trained.At("list.npy.keys.txt")));
        Assert.Contains(
            "@home",
            Succeed("similarity", paths[0], "--text", "@home", "a red circle", "--checkpoint", trained.Run),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encode images ftp://me:secret@host/x.tar --checkpoint {0} --output {1}.npy", "ftp://host...")]
    [InlineData("encode images @/nowhere --checkpoint {0} --output {1}.npy", "/nowhere: no such file or folder")]
    [InlineData("encode images /nowhere --checkpoint {0} --output {1}.npy", "/nowhere: no such file or folder")]
    [InlineData("encode images {2} --checkpoint {0} --output {1}.csv", ".csv")]
    [InlineData("encode images {2} --checkpoint {0} --layer 9 --output {1}.npy", "layer 9 does not exist")]
    [InlineData("encode images {2} --checkpoint {0} --dtype bf16 --output {1}.npy", "fp16")]
    [InlineData("encode images {2} --checkpoint {0} --batch 0 --output {1}.npy", "--batch 0")]
    [InlineData("encode images {2} --checkpoint /nowhere --output {1}.npy", "/nowhere: no such file or folder")]
    [InlineData("similarity /nowhere.png --text x --checkpoint {0}", "/nowhere.png: cannot be read as an image")]
    public void A_wrong_command_is_one_line(string command, string expected)
        => AssertOneLine(
            PeProcess.Run(command.Replace("{0}", trained.Run, StringComparison.Ordinal)
                .Replace("{1}", trained.At("never"), StringComparison.Ordinal)
                .Replace("{2}", Images, StringComparison.Ordinal)
                .Split(' ')),
            expected);

    private static void AssertOneLine((int ExitCode, string Output, string Error) result, string expected)
    {
        Assert.True(result.ExitCode == 2, $"exit code {result.ExitCode}\n{result.Output}\n{result.Error}");
        Assert.Contains(expected, Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }

    /// <summary>The first PNG of a tar, by its signature and its last chunk.</summary>
    private static byte[] FirstPng(string tar)
    {
        var bytes = File.ReadAllBytes(tar);
        var start = bytes.AsSpan().IndexOf("PNG"u8) - 1;
        return bytes[start..(start + bytes.AsSpan(start).IndexOf("IEND"u8) + 8)];
    }

    private static (int[] Shape, float[] Values) ReadNpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = BitConverter.ToUInt16(bytes, 8);
        var header = System.Text.Encoding.ASCII.GetString(bytes, 10, length);
        var shape = header[(header.IndexOf('(', StringComparison.Ordinal) + 1)..header.IndexOf(')', StringComparison.Ordinal)].Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(int.Parse).ToArray();
        return (shape, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + length)).ToArray());
    }

    private static byte[] SafetensorsHeader(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return bytes[8..(8 + (int)BitConverter.ToInt64(bytes))];
    }
}
