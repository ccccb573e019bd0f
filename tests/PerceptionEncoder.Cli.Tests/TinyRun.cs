using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Rendered scenes, a vocabulary learned from them, and a config that trains in seconds; made once for a test class.</summary>
public sealed class TinyRun : IDisposable
{
    public TinyRun()
    {
        Succeed("data", "scenes", "--output", Scenes, "--train", "400", "--test", "40");
        Succeed("tokenizer", "train", "--shards", $"{Scenes}/train", "--vocabulary-size", "600", "--output", $"{Scenes}/tokenizer");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("pe-cli-").FullName;

    public string Scenes => Path.Combine(Folder, "scenes");

    /// <summary>
    /// Two stages of different resolution with DropPath, gradient caching, mask regularisation, recomputed blocks, frozen parameters,
    /// layer-wise rates and a moving average, so that a resumed run has everything to get wrong.
    /// </summary>
    public string WriteConfig(string name, string extra = "")
    {
        var path = Path.Combine(Folder, $"{name}.yaml");
        File.WriteAllText(path, $$"""
            run: {name: {{name}}, output: {{Folder}}, seed: 5, log_every: 1}
            model:
              vision: {patch_size: 8, width: 32, layers: 2, heads: 2, pooling_heads: 2, output_dim: 32}
              text: {width: 32, layers: 1, heads: 2, output_dim: 32}
            tokenizer: {vocabulary: {{Scenes}}/tokenizer, context: 24}
            data: {train: [{shards: "{{Scenes}}/train/{00000..00000}.tar"}], shuffle_window: 100}
            stages:
              - {resolution: 16, steps: 20, batch: 32, micro_batch: 16}
              - {resolution: 32, steps: 20, batch: 32}
            schedule: {warmup_steps: 5}
            optimizer: {layer_decay: 0.9}
            freeze: {names: ["visual.ln_pre.*"]}
            ema: {decay: 0.9}
            regularization: {drop_path: 0.2, mask: {share: 1/8, ratio: 0.5} }
            memory: {recompute_every: 2, loss_tile: 20}
            evaluation: {every: 16, sets: [{type: zeroshot, name: scenes, data: {{Scenes}}/classification}]}
            checkpoint: {every: 3, keep: 2}
            compute: {device: cpu, cpu_matmul: mkl}
            {{extra}}
            """);
        return path;
    }

    /// <summary>Loss by step of a run's metrics file.</summary>
    public IReadOnlyDictionary<long, double> Losses(string name)
    {
        var losses = new Dictionary<long, double>();
        foreach (var line in File.ReadLines(Path.Combine(Folder, name, "metrics.jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("loss", out var loss))
            {
                losses.Add(document.RootElement.GetProperty("step").GetInt64(), loss.GetDouble());
            }
        }

        return losses;
    }

    /// <summary>Bytes of the weights, their average and the moments of a run's last checkpoint.</summary>
    public IReadOnlyList<byte[]> FinalTensors(string name)
    {
        var checkpoints = Path.Combine(Folder, name, "checkpoints");
        var last = Path.Combine(checkpoints, File.ReadAllText(Path.Combine(checkpoints, "latest")).Trim());
        return [.. new[] { "model", "ema", "optimizer" }.Select(file => File.ReadAllBytes(Path.Combine(last, $"{file}.safetensors")))];
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static void Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
    }
}
