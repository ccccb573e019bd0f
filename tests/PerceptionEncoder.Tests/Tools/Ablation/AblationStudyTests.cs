using System.Globalization;
using System.Xml.Linq;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Ablation;

namespace PerceptionEncoder.Tests.Tools.Ablation;

public sealed class AblationStudyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-ablation-").FullName;
    private readonly List<PretrainConfig> trained = [];

    public AblationStudyTests() => File.WriteAllText(At("base.yaml"), """
        run: {name: base}
        model:
          vision: {patch_size: 8, width: 32, layers: 1, heads: 2, pooling_heads: 2, output_dim: 32}
          text: {width: 32, layers: 1, heads: 2, output_dim: 32}
        tokenizer: {vocabulary: nowhere}
        data: {train: [{shards: nowhere.tar}]}
        stages: [{resolution: 16, steps: 20, batch: 32}]
        evaluation:
          sets:
            - {type: zeroshot, name: plain, data: nowhere}
            - {type: zeroshot, name: blur, data: nowhere}
            - {type: zeroshot, name: noise, data: nowhere}
        """);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Steps_accumulate_and_the_table_has_means_over_seeds()
    {
        var rows = Study().Run([], _ => { }, CancellationToken.None);

        Assert.Equal([0.05, 0.05, 0.02, 0.02, 0.02, 0.02], trained.Select(run => run.Optimizer.WeightDecay));
        Assert.Equal([20, 20, 20, 20, 40, 40], trained.Select(run => (int)run.Stages[0].Steps!));
        Assert.Equal([1ul, 2, 1, 2, 1, 2], trained.Select(run => run.Run.Seed));
        Assert.Equal([0.115, 0.215, 0.315], rows.Select(row => Math.Round(row.Accuracy!.Value, 6)));
        Assert.Equal((0.115 / 2 + 0.115 / 4) / 2, rows[0].Robustness!.Value, 1e-9);
        var table = File.ReadAllLines(At("runs/study/ablation.md"));
        Assert.Equal("| step | change | accuracy | seeds from–to | robustness | blur | noise | seeds |", table[0]);
        Assert.Equal("| 2 | less decay | 21.5 | 21.0–22.0 | 8.1 | 10.8 | 5.4 | 2 |", table[3]);
        Assert.StartsWith(
            "step,change,accuracy,lowest,highest,robustness,blur/acc1,noise/acc1,seeds\n1,base,0.115",
            File.ReadAllText(At("runs/study/ablation.csv")),
            StringComparison.Ordinal);
        var chart = XElement.Load(At("runs/study/ablation.svg")).Descendants().Select(element => element.Value).ToArray();
        Assert.All(["study", "1. base", "2. less decay", "3. longer", "21.5", "8.1"], text => Assert.Contains(text, chart));
    }

    [Fact]
    public void Further_metrics_are_columns_that_no_mean_takes_in()
    {
        var rows = Study(metrics: ["plain/acc1", "noise/acc1"]).Run([], _ => { }, CancellationToken.None);
        Assert.Equal((0.115 / 2 + 0.115 / 4) / 2, rows[0].Robustness!.Value, 1e-9);
        var table = File.ReadAllLines(At("runs/study/ablation.md"));
        Assert.Equal(
            "| step | change | accuracy | seeds from–to | robustness | blur | noise/acc1 | plain | noise/acc1 | seeds |",
            table[0]);
        Assert.Equal("| 2 | less decay | 21.5 | 21.0–22.0 | 8.1 | 10.8 | 5.4 | 21.5 | 5.4 | 2 |", table[3]);
        Assert.Contains(
            "plain/acc5 is not measured by the runs",
            Assert.Throws<UserErrorException>(() => Study(metrics: ["plain/acc5"]).Run([], _ => { }, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Finished_runs_are_not_trained_again_and_other_configs_are_refused()
    {
        Study().Run([1], _ => { }, CancellationToken.None);
        Assert.Equal(2, trained.Count);
        var rows = Study().Run([1, 3], _ => { }, CancellationToken.None);
        Assert.Equal(4, trained.Count);
        Assert.Null(rows[1].Accuracy);
        Assert.Contains(
            "was trained with another config",
            Assert.Throws<UserErrorException>(() => Study(decay: 0.3).Run([3], _ => { }, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_counts_finished_runs_of_its_config_alone()
    {
        Study().Run([], _ => { }, CancellationToken.None);

        // Stopped half way, and trained with another rate.
        File.WriteAllText(At("runs/study/step-1-seed-1/checkpoints/step-000020/state.json"), """{"step": 20, "evaluated_step": 10}""");
        var other = At("runs/study/step-2-seed-1/config.yaml");
        File.WriteAllText(other, File.ReadAllText(other).Replace("learning_rate: 0.002", "learning_rate: 0.003", StringComparison.Ordinal));
        var rows = Study().Run([3], _ => { }, CancellationToken.None);
        Assert.Equal([1, 1, 2], rows.Select(row => row.Seeds));
        Assert.Equal(0.12, rows[0].Accuracy!.Value, 1e-9);

        // Other evaluations make another row too; where it computes does not.
        var third = At("runs/study/step-3-seed-1/config.yaml");
        File.WriteAllText(third, File.ReadAllText(third).Replace("cpu_matmul: auto", "cpu_matmul: mkl", StringComparison.Ordinal));
        Assert.Equal(2, Study().Run([3], _ => { }, CancellationToken.None)[2].Seeds);
        Assert.Contains(
            "learning_rate: 0.003 -> 0.002",
            Assert.Throws<UserErrorException>(() => Study().Run([2], _ => { }, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_step_lacks_is_told_before_the_first_is_trained_and_once()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => Study(problems: run => [$"no shards", $"{run.Stages[0].Steps} steps"]).Run([], _ => { }, CancellationToken.None));
        Assert.Equal("no shards\n20 steps\n40 steps", failure.Message);
        Assert.Empty(trained);
    }

    [Fact]
    public void Steps_stand_alone_where_they_do_not_accumulate()
    {
        Study(cumulative: false).Run([3], _ => { }, CancellationToken.None);
        Assert.All(trained, run => Assert.Equal((0.05, 40L), (run.Optimizer.WeightDecay, run.Stages[0].Steps!.Value)));
    }

    [Fact]
    public void A_step_that_is_not_valid_is_found_before_anything_is_trained()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => Study(last: "optimizer.learnin_rate=1").Run([], _ => { }, CancellationToken.None));
        Assert.Contains("step 3 (longer)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("learning_rate", failure.Message, StringComparison.Ordinal);
        Assert.Empty(trained);
        Assert.Contains(
            "has steps 1 to 3",
            Assert.Throws<UserErrorException>(() => Study().Run([4], _ => { }, CancellationToken.None)).Message,
            StringComparison.Ordinal);
    }

    private AblationStudy<PretrainConfig> Study(
        bool cumulative = true,
        double decay = 0.02,
        string last = "stages.0.steps=40",
        IReadOnlyList<string>? metrics = null,
        Func<PretrainConfig, IReadOnlyList<string>>? problems = null) => new(
        new AblationConfig
        {
            Name = "study",
            Output = At("runs"),
            Base = "base.yaml",
            Cumulative = cumulative,
            Seeds = [1, 2],
            Accuracy = "plain/acc1",
            Robustness = ["blur/acc1", "noise/acc1"],
            Metrics = metrics ?? [],
            Steps =
            [
                new AblationStep { Name = "base" },
                new AblationStep
                {
                    Name = "less decay",
                    Set = [string.Create(CultureInfo.InvariantCulture, $"optimizer.weight_decay={decay}")],
                },
                new AblationStep { Name = "longer", Set = [last] },
            ],
        },
        At("ablation.yaml"),
        Pretend,
        problems);

    /// <summary>Leaves what a finished run leaves, with an accuracy that tells step and seed.</summary>
    private void Pretend(PretrainConfig config)
    {
        trained.Add(config);
        var run = Path.Combine(config.Run.Output, config.Run.Name);
        var steps = config.Stages[0].Steps!.Value;
        var checkpoint = Directory.CreateDirectory(Path.Combine(run, "checkpoints", $"step-{steps:D6}")).FullName;
        File.WriteAllText(Path.Combine(run, "config.yaml"), ConfigYaml.Write(config));
        File.WriteAllText(Path.Combine(run, "checkpoints/latest"), Path.GetFileName(checkpoint));
        File.WriteAllText(Path.Combine(checkpoint, "state.json"), $$"""{"step": {{steps}}, "evaluated_step": {{steps}}}""");
        var accuracy = (config.Run.Name[5] - '0') / 10.0 + (config.Run.Seed * 0.01);
        File.WriteAllLines(
            Path.Combine(run, "metrics.jsonl"),
            [Line(10, "plain", 0), Line(steps, "plain", accuracy), Line(steps, "blur", accuracy / 2), Line(steps, "noise", accuracy / 4)]);
    }

    private static string Line(long step, string set, double accuracy)
        => "{\"step\": " + step + ", \"samples\": 1, \"evaluation\": {\"" + set + "\": {\"acc1\": "
            + accuracy.ToString(CultureInfo.InvariantCulture) + "}}}";

    private string At(string name) => Path.Combine(folder, name);
}
