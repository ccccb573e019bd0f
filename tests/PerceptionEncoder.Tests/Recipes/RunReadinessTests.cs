using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Recipes;

public sealed class RunReadinessTests : IDisposable
{
    private readonly ShardFolder shards = new();

    public RunReadinessTests()
    {
        BpeTrainer.Train(["a cat", "a dog"], BpeTrainer.MinimumVocabularySize).Save(shards.PathOf("tokenizer"));
        shards.AddSource("s", [4]);
        Directory.CreateDirectory(shards.PathOf("set/test"));
        shards.AddShard("set/test/0.tar", "a");
        File.WriteAllText(shards.PathOf("set/test/nshards.txt"), "1");
        File.WriteAllText(shards.PathOf("set/classnames.txt"), "cat\ndog\n");
        File.WriteAllText(shards.PathOf("set/zeroshot_classification_templates.txt"), "a {c}\n");
        File.WriteAllText(shards.PathOf("run.yaml"), $$"""
            run: {name: run, output: {{shards.Root}}}
            model:
              vision: {patch_size: 4, width: 8, layers: 1, heads: 2, pooling_heads: 2, output_dim: 8}
              text: {width: 8, layers: 1, heads: 2, output_dim: 8}
            tokenizer: {vocabulary: {{shards.PathOf("tokenizer")}}, context: 8}
            data: {train: [{shards: {{shards.PathOf("s-0.tar")}}}]}
            stages: [{resolution: 8, steps: 2, batch: 4}, {resolution: 16, steps: 2, batch: 4}]
            evaluation: {sets: [{type: zeroshot, name: set, data: {{shards.PathOf("set")}}}]}
            """);
    }

    public void Dispose() => shards.Dispose();

    [Fact]
    public void A_run_that_has_everything_can_begin_and_nothing_is_left_of_the_look()
    {
        var before = Directory.GetFileSystemEntries(shards.Root);
        Assert.Empty(RunReadiness.Problems(Pretrain(), resume: false));
        Assert.Equal(before, Directory.GetFileSystemEntries(shards.Root));
    }

    [Fact]
    public void All_that_is_missing_is_told_at_once_a_line_each()
    {
        File.WriteAllText(shards.PathOf("file"), "");
        File.WriteAllText(shards.PathOf("page.tar"), "<!DOCTYPE html> not found " + new string('x', 1000));
        var problems = RunReadiness.Problems(
            Pretrain(
                $"run.output={shards.PathOf("file")}",
                "init=/nowhere/init.safetensors",
                "tokenizer.vocabulary=/nowhere/vocabulary",
                $"data.train=[{{shards: /nowhere/a.tar}}, {{shards: {shards.PathOf("s-0.tar")}}}, {{shards: {shards.PathOf("page.tar")}}}]",
                $"evaluation.sets=[{{type: zeroshot, name: a, data: /nowhere/set}}, {{type: retrieval, name: b, data: "
                + $"{shards.PathOf("set")}}}, {{type: zeroshot, name: c, data: {shards.PathOf("set")}, prompts: /nowhere/prompts.yaml}}]"),
            resume: false);
        string[] expected =
        [
            "run.output: " + shards.PathOf("file"), "data.train[0]: shards '/nowhere/a.tar'", "data.train[2]: " + shards.PathOf("page.tar"),
            "tokenizer.vocabulary: /nowhere/vocabulary", "evaluation.sets[0]: ", "evaluation.sets[2]: ", "init: /nowhere/init.safetensors",
        ];
        Assert.Equal(expected.Length, problems.Count);
        Assert.All(expected.Zip(problems), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.DoesNotContain('\n', problem));
    }

    [Fact]
    public void A_best_metric_that_no_set_measures_is_told_with_those_that_there_are()
    {
        Assert.Empty(RunReadiness.Problems(Pretrain("checkpoint.best=set/center_crop_acc1"), resume: false));
        Assert.Empty(RunReadiness.Problems(
            Pretrain(
                "checkpoint.best=b/reweighted_text_retrieval_recall@5",
                $"evaluation.sets=[{{type: retrieval, name: b, data: {shards.PathOf("set")}, transform: squash}}]"),
            resume: false));
        Assert.Equal(
            "checkpoint.best: set/acc5 is not measured; set has acc1, mean_per_class_recall, squash_acc1, squash_mean_per_class_recall, "
            + "center_crop_acc1, center_crop_mean_per_class_recall.",
            Assert.Single(RunReadiness.Problems(Pretrain("checkpoint.best=set/acc5"), resume: false)));
    }

    [Fact]
    public void A_teacher_and_the_place_of_its_cache_are_looked_at()
    {
        var text = File.ReadAllText(shards.PathOf("run.yaml"));
        File.WriteAllText(
            shards.PathOf("distill.yaml"),
            text + $"\nteacher: {{checkpoint: {shards.PathOf("none")}, cache: {shards.PathOf("run.yaml")}}}\n");
        var problems = RunReadiness.Problems(ConfigLoader.Load<DistillConfig>(shards.PathOf("distill.yaml")).Value, resume: false);
        Assert.Equal(["teacher.checkpoint", "teacher.cache"], problems.Select(problem => problem.Split(':')[0]));
    }

    [Fact]
    public void First_weights_of_another_shape_are_told_before_a_model_is_built_and_not_looked_for_once_there_is_a_checkpoint()
    {
        File.WriteAllText(shards.PathOf("init.safetensors"), "no weights at all");
        Assert.StartsWith(
            "init: ",
            Assert.Single(RunReadiness.Problems(Pretrain($"init={shards.PathOf("init.safetensors")}"), resume: true)),
            StringComparison.Ordinal);
        Trained(Pretrain($"init={shards.PathOf("init.safetensors")}"));
        Assert.Empty(RunReadiness.Problems(Pretrain($"init={shards.PathOf("init.safetensors")}"), resume: true));
    }

    [Fact]
    public void Checkpoints_that_cannot_all_be_held_are_told_with_the_space_they_need()
        => Assert.Contains(
            " GB for 1000001 checkpoints",
            Assert.Single(RunReadiness.Problems(
                Pretrain(
                    "model=PE-Core-L14-336",
                    "checkpoint.keep=1000000",
                    "checkpoint.every=1",
                    "stages.0.resolution=14",
                    "stages.1.steps=2000000"),
                resume: false)),
            StringComparison.Ordinal);

    [Fact]
    public void A_run_goes_on_with_the_config_it_began_with_and_what_differs_is_named()
    {
        Trained(Pretrain());
        Assert.Empty(RunReadiness.Problems(Pretrain(), resume: true));
        Assert.Contains("--resume", Assert.Single(RunReadiness.Problems(Pretrain(), resume: false)), StringComparison.Ordinal);
        Assert.Empty(RunReadiness.Problems(
            Pretrain(
                "run.log_every=1", "checkpoint.every=7", "evaluation.every=3", "evaluation.sets=[]", "compute.threads=1",
                "compute.cpu_matmul=mkl", "data.workers=1"),
            resume: true));

        string[] changes = ["optimizer.learning_rate=1", "stages.1.batch=8", "run.seed=3", "ema={decay: 0.5}", "data.shuffle_window=3"];
        var problem = Assert.Single(RunReadiness.Problems(Pretrain(changes), resume: true));
        string[] named =
        [
            "optimizer.learning_rate: 0.002 -> 1",
            "stages[1].batch: 4 -> 8",
            "run.seed: 17 -> 3",
            "ema.decay: (none) -> 0.5",
            "data.shuffle_window: 10000 -> 3",
        ];
        Assert.All(named, each => Assert.Contains(each, problem, StringComparison.Ordinal));
        Assert.Empty(RunReadiness.Problems(Pretrain(changes), resume: true, allowChanges: true));
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void A_precision_that_is_left_open_is_that_of_the_run_and_another_one_a_change(string precision)
    {
        Trained(Pretrain($"precision={precision}"));
        Assert.Empty(RunReadiness.Problems(Pretrain(), resume: true));
        var other = precision == "fp32" ? "bf16" : "fp32";
        Assert.Contains(
            $"precision: {precision} -> {other}",
            Assert.Single(RunReadiness.Problems(Pretrain($"precision={other}"), resume: true)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_that_an_older_version_wrote_has_the_defaults_of_keys_it_does_not_name()
    {
        Trained(Pretrain());
        var written = shards.PathOf("run/config.yaml");
        File.WriteAllLines(written, File.ReadAllLines(written).Where(line => !line.Contains("flip", StringComparison.Ordinal)));
        Assert.Empty(RunReadiness.Problems(Pretrain(), resume: true));
        Assert.Contains(
            "augmentation.flip: 0.5 -> 0",
            Assert.Single(RunReadiness.Problems(Pretrain("augmentation.flip=0"), resume: true)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a: [")]
    public void A_damaged_config_of_an_earlier_run_is_a_line_like_any_other(string text)
    {
        Trained(Pretrain());
        File.WriteAllText(shards.PathOf("run/config.yaml"), text);
        Assert.Contains(shards.PathOf("run"), Assert.Single(RunReadiness.Problems(Pretrain(), resume: true)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stages.1.media=video", "asks for sources of media video, and data.train has none")]
    [InlineData("data.train.0.media=video", "trains on images")]
    [InlineData("run.name=..", "plain folder name")]
    [InlineData("evaluation.sets.0.name=\"a\\e[2J\"", "without control characters")]
    public void What_no_data_could_mend_is_a_problem_of_the_config(string setting, string problem)
        => Assert.Contains(problem, Assert.Throws<ConfigException>(() => Pretrain(setting)).Message, StringComparison.Ordinal);

    private PretrainConfig Pretrain(params string[] settings)
        => ConfigLoader.Load<PretrainConfig>(shards.PathOf("run.yaml"), settings).Value;

    /// <summary>Leaves what is looked at of a run that has a checkpoint.</summary>
    private void Trained(PretrainConfig config)
    {
        Directory.CreateDirectory(shards.PathOf("run/checkpoints/step-000002"));
        File.WriteAllText(shards.PathOf("run/checkpoints/latest"), "step-000002\n");
        File.WriteAllText(shards.PathOf("run/config.yaml"), ConfigYaml.Write(config));
    }
}
