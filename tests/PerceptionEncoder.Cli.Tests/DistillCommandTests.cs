using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A student learns from a run's model.</summary>
public sealed class DistillCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [Fact]
    public void A_student_learns_from_a_cached_teacher_and_resumes_to_the_same_losses()
    {
        Distill("whole");
        var whole = Losses("whole");
        Assert.True(
            whole.Values.TakeLast(5).Average() < 0.8 * whole.Values.Take(5).Average(),
            $"from {whole.Values.First()} to {whole.Values.Last()}");

        // Half of the way, then the rest: the cache is filled now, and changes nothing.
        using (var pe = PeProcess.Start(Arguments("halves")))
        {
            while (!pe.HasExited && !(
                File.Exists(Metrics("halves")) && File.ReadAllText(Metrics("halves")).Contains("\"step\":12,", StringComparison.Ordinal)))
            {
                Thread.Sleep(1);
            }

            pe.Signal("TERM");
            Assert.Equal(143, pe.Wait().ExitCode);
        }

        var (code, output, error) = PeProcess.Run([.. Arguments("halves"), "--resume"]);
        Assert.True(code == 0, output + error);
        Assert.Equal(whole, Losses("halves"));
        Assert.Contains("\"teacher_cached\":1", File.ReadAllText(Metrics("halves")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_teacher_with_another_vocabulary_is_refused_in_one_line()
    {
        var other = trained.At("other-tokenizer");
        Assert.Equal(
            0,
            PeProcess.Run(
                "tokenizer", "train", "--shards", $"{trained.Scenes}/train", "--vocabulary-size", "550", "--output", other).ExitCode);
        var (code, _, error) = PeProcess.Run([.. Arguments("refused"), "--set", $"tokenizer.vocabulary={other}"]);
        Assert.Equal(2, code);
        Assert.Contains("550 ids", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private void Distill(string name)
    {
        var (code, output, error) = PeProcess.Run(Arguments(name));
        Assert.True(code == 0, output + error);
    }

    private string[] Arguments(string name)
    {
        var path = trained.At($"{name}.yaml");
        File.WriteAllText(path, $$"""
            run: {name: {{name}}, output: {{trained.At("runs")}}, seed: 5, log_every: 1}
            model:
              vision: {patch_size: 8, width: 16, layers: 1, heads: 2, pooling_heads: 2, output_dim: 16}
              text: {width: 16, layers: 1, heads: 2, output_dim: 16}
            teacher: {checkpoint: {{trained.Run}}, cache: {{trained.At("teacher")}}}
            tokenizer: {vocabulary: {{trained.Scenes}}/tokenizer, context: 16}
            data: {train: [{shards: "{{trained.Scenes}}/train/{00000..00000}.tar"}], shuffle_window: 100}
            augmentation: null
            stages: [{resolution: 16, steps: 40, batch: 32, micro_batch: 16}]
            optimizer: {type: lamb, learning_rate: 1e-2}
            schedule: {warmup_steps: 5}
            checkpoint: {every: 5, keep: 2}
            compute: {device: cpu, cpu_matmul: mkl}
            """);
        return ["distill", "--config", path];
    }

    private string Metrics(string name) => Path.Combine(trained.At("runs"), name, "metrics.jsonl");

    private Dictionary<long, double> Losses(string name)
        => File.ReadLines(Metrics(name)).Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(line => line.GetProperty("step").GetInt64(), line => line.GetProperty("loss").GetDouble());
}
