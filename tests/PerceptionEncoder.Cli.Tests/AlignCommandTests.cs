using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A tower, a projector and a decoder from nothing learn from a few scene questions.</summary>
public sealed class AlignCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("align").FullName;

    public AlignCommandTests()
    {
        Succeed("data", "scene-questions", "--output", At("q"), "--train", "120", "--captions", "60", "--test", "20", "--size", "32");
        Succeed("tokenizer", "train", "--kind", "language", "--shards", At("q/train"), "--vocabulary-size", "400", "--output", At("words"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_stopped_in_its_second_stage_goes_on_to_the_same_numbers_and_gives_its_tower_alone()
    {
        Assert.Matches(@"step 6/65 .* [0-9,]+ dialogues/s  data wait", Succeed(Arguments("whole")));
        using (var pe = PeProcess.Start(Arguments("halves")))
        {
            // The second stage, whose moments are its own, begins at step 6.
            while (!pe.HasExited && !(File.Exists(Metrics("halves"))
                && File.ReadAllText(Metrics("halves")).Contains("\"step\":9,", StringComparison.Ordinal)))
            {
                Thread.Sleep(1);
            }

            pe.Signal("TERM");
            Assert.Equal(143, pe.Wait().ExitCode);
        }

        Succeed([.. Arguments("halves"), "--resume"]);
        Assert.Equal(File.ReadAllBytes(Weights("whole")), File.ReadAllBytes(Weights("halves")));
        Assert.Equal(Losses("whole"), Losses("halves"));
        var exact = Exact("whole");
        Assert.Equal([30, 60, 65], exact.Keys);
        Assert.Equal(exact, Exact("halves"));

        // What is measured with the right words given is what the model writes by itself.
        Succeed(
            "eval", "vqa", $"exact={At("q/test")}", "--checkpoint", At("runs/whole"), "--system", "", "--precision", "fp32", "--json",
            At("answers.json"));
        using var answers = JsonDocument.Parse(File.ReadAllText(At("answers.json")));
        Assert.Equal(answers.RootElement.GetProperty("metrics").GetProperty("accuracy").GetDouble(), exact[65], 1e-9);

        Succeed("checkpoint", "convert", At("runs/whole"), At("new/tower.safetensors"), "--to", "meta", "--encoder");
        var output = Succeed("checkpoint", "inspect", At("new/tower.safetensors"));
        Assert.Contains("transformer.resblocks.0.ls_1.gamma", output, StringComparison.Ordinal);
        Assert.DoesNotContain("tok_embeddings", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Two_ranks_train_to_the_losses_of_one()
    {
        // Answers are of uneven length, so that a mean of the ranks' means would differ. DropPath draws by micro-batch.
        string[] shorter = ["--set", "stages[1].steps=8", "--set", "optimizer.eps=1e-3", "--set", "model.encoder.drop_path=0"];
        Succeed([.. Arguments("alone"), .. shorter]);
        var (code, output, error) = MpiPe.Run(2, [.. Arguments("two"), .. shorter]);
        Assert.True(code == 0, output + error);
        var (one, two) = (Losses("alone"), Losses("two"));
        Assert.Equal(13, one.Count);
        Assert.Equal(one.Keys, two.Keys);
        Assert.All(one, step => Assert.Equal(step.Value, two[step.Key], 1e-5 * step.Value));
    }

    [Fact]
    public void What_does_not_fit_together_is_one_line()
    {
        Assert.Contains("the decoder of Qwen2.5-0.5B knows 151936", Refuse("--set", "model.decoder={preset: Qwen2.5-0.5B}"));
        Assert.Contains("/nowhere", Refuse("--set", "tokenizer=/nowhere"));
        Assert.Contains("has captions, questions", Refuse("--set", "stages[0].sources=[none]"));
        Assert.Contains("keeps 9 blocks of 2", Refuse("--set", "model.encoder.layers=9"));
        Assert.Contains("have exact, answer_accuracy", Refuse("--set", "checkpoint.best=held-out/acc1"));
        Assert.Contains("/nowhere", Refuse("--set", "evaluation.sets=[{name: a, shards: /nowhere}]"));
    }

    private string Refuse(params string[] changes)
    {
        var (code, _, error) = PeProcess.Run([.. Arguments("refused"), .. changes]);
        Assert.Equal(2, code);
        return Assert.Single(error.TrimEnd().Split('\n'));
    }

    private string[] Arguments(string name)
    {
        File.WriteAllText(At($"{name}.yaml"), $$$"""
            run: {name: {{{name}}}, output: {{{At("runs")}}}, seed: 5, log_every: 1}
            model:
              encoder: {vision: {patch_size: 8, width: 16, layers: 2, heads: 2, pooling_heads: 2, output_dim: 8}, layers: 1}
              decoder: {shape: {width: 16, layers: 1, heads: 2, key_value_heads: 1, feed_forward_width: 24, context_length: 64}}
            tokenizer: {{{At("words")}}}
            system: ""
            data:
              train:
                - {name: captions, shards: "{{{At("q/captions")}}}"}
                - {name: questions, shards: "{{{At("q/train")}}}"}
              shuffle_window: 50
            stages:
              - {resolution: 32, steps: 5, batch: 8, sources: [captions], format: warmup, context: 64,
                 rates: {projector: 1e-2, decoder: 1e-2}}
              - {resolution: 32, steps: 60, batch: 8, micro_batch: 4, sources: [questions], context: 64, pooling_ratio: 2,
                 rates: {encoder: 1e-3, projector: 1e-2, decoder: 1e-2}, warmup_steps: 5}
            precision: fp32
            evaluation: {every: 30, sets: [{name: held-out, shards: "{{{At("q/held-out")}}}"}]}
            checkpoint: {every: 4, keep: 2}
            """);
        return ["align", "lang", "--config", At($"{name}.yaml")];
    }

    private Dictionary<long, double> Losses(string name) => File.ReadLines(Metrics(name))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.TryGetProperty("loss", out _))
        .GroupBy(line => line.GetProperty("step").GetInt64(), line => line.GetProperty("loss").GetDouble())
        .ToDictionary(step => step.Key, step => step.Last());

    private SortedDictionary<long, double> Exact(string name) => new(File.ReadLines(Metrics(name))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.TryGetProperty("evaluation", out _))
        .ToDictionary(
            line => line.GetProperty("step").GetInt64(),
            line => line.GetProperty("evaluation").GetProperty("held-out").GetProperty("exact").GetDouble()));

    private string Metrics(string name) => At($"runs/{name}/metrics.jsonl");

    private string Weights(string name) => At($"runs/{name}/checkpoints/step-000065/model.safetensors");

    private string At(string path) => Path.Combine(folder, path);

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, output + error);
        return output;
    }
}
