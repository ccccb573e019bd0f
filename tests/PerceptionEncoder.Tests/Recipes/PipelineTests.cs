using System.Text.RegularExpressions;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Ablation;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Recipes;

/// <summary>The shipped configs of the paper's runs, each beside the one before it in the order of docs/pipeline.md.</summary>
public sealed partial class PipelineTests
{
    [Theory]
    [InlineData("l14", "PE-Core-L14-336")]
    [InlineData("b16", "PE-Core-B16-224")]
    [InlineData("s16", "PE-Core-S16-384")]
    [InlineData("t16", "PE-Core-T16-384")]
    public void A_small_model_is_pretrained_then_distilled_from_G_then_finetuned_on_video(string name, string preset)
    {
        var pretrain = Load<PretrainConfig>("pretrain", name);
        var distill = Load<DistillConfig>("distill", name);
        var video = Load<FinetuneVideoConfig>("finetune-video", name);
        AssertSameModel(preset, pretrain, distill, video);
        AssertFollows(pretrain, distill);
        AssertFollows(distill, video);

        var teacher = Load<FinetuneVideoConfig>("finetune-video", "g14");
        Assert.Equal((Output(teacher), null, 200), (distill.Teacher.Checkpoint, distill.Teacher.Resolution, distill.Teacher.LogitScale));
        Assert.Equal((teacher.Tokenizer.Type, teacher.Tokenizer.Vocabulary), (distill.Tokenizer.Type, distill.Tokenizer.Vocabulary));

        // The samples of tables 18, 19 and 20.
        Assert.Equal(58e9, Samples(pretrain, cooldown: false), 0.5e9);
        Assert.Equal((16384, 269_000L), (Assert.Single(distill.Stages).Batch, distill.Stages[0].Steps));
        Assert.Equal((4096, 22_000_000L), (Assert.Single(video.Stages).Batch, video.Stages[0].Samples));
    }

    [Fact]
    public void G_is_pretrained_then_finetuned_on_video()
    {
        var pretrain = Load<PretrainConfig>("pretrain", "g14");
        var video = Load<FinetuneVideoConfig>("finetune-video", "g14");
        AssertSameModel("PE-Core-G14-448", pretrain, video);
        AssertFollows(pretrain, video);
        Assert.Equal(86e9, Samples(pretrain, cooldown: false), 0.5e9);
        Assert.Equal(72, pretrain.Tokenizer.Context);
    }

    [Fact]
    public void The_commands_of_the_page_are_those_of_the_shipped_configs_in_order()
    {
        var commands = PageCommand().Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs/pipeline.md")))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value)).ToArray();
        Assert.Equal(
            [
                .. new[] { ("pretrain", "pretrain/pe-core-g14"), ("finetune-video", "finetune-video/pe-core-g14") },
                .. new[] { "l14", "b16", "s16", "t16" }
                    .SelectMany(name => new[]
                    {
                        ("pretrain", $"pretrain/pe-core-{name}"),
                        ("distill", $"distill/pe-core-{name}"),
                        ("finetune-video", $"finetune-video/pe-core-{name}"),
                    }),
            ],
            commands);
    }

    [Fact]
    public void The_first_step_of_the_ablation_is_the_ViT_L_14_of_OpenCLIP()
    {
        var config = Step(1);
        var model = config.ModelAt(224, vocabularySize: 49408);

        // OpenCLIP counts 427,616,513 parameters, 303,966,208 of them in the vision tower.
        Assert.Equal(303_966_208, new ClipArchitecture(model.Vision, null).ParameterCount);
        Assert.Equal(427_616_513, model.ParameterCount);
        Assert.Equal(
            (16, 12, Pooling.Token, false, 77),
            (model.Vision.Heads, model.Text!.Heads, model.Vision.Pooling, model.Vision.UseRope2D, model.Text.ContextLength));
        Assert.Equal(
            (OptimizerKind.Adamw, 5e-4, new Interval(0.9, 0.98), 1e-6, 0.2),
            (
                config.Optimizer.Type,
                config.Optimizer.LearningRate,
                config.Optimizer.Betas,
                config.Optimizer.Eps,
                config.Optimizer.WeightDecay));
        Assert.Equal(
            (new Interval(0.9, 1), 0.0, 0.0, 0.0),
            (config.Augmentation!.CropScale, config.Augmentation.Brightness, config.Augmentation.Saturation, config.Augmentation.Flip));
        Assert.Null(config.Regularization.Mask);
        Assert.Equal(
            (224, 32768, 12e9),
            (Assert.Single(config.Stages).Resolution, config.Stages[0].Batch, Samples(config, cooldown: false)));
    }

    [Fact]
    public void The_last_step_of_the_ablation_has_the_settings_of_table_18()
    {
        var (step, table) = (Step(9), new OptimizerOptions());
        Assert.Equal(table, step.Optimizer);
        Assert.Equal(new PerceptionEncoder.Data.Samples.AugmentationOptions(), step.Augmentation);
        Assert.Equal(new PerceptionEncoder.Objectives.MaskOptions(), step.Regularization.Mask);
        Assert.Equal(
            (true, Pooling.Attention, 8),
            (step.Model.Vision.UseRope2D, step.Model.Vision.Pooling, step.Model.Vision.PoolingHeads));
        Assert.Equal([98, 154, 224, 336], step.Stages.Select(stage => stage.Resolution));
    }

    /// <summary>The cumulative config of a step of configs/ablation/l14.yaml.</summary>
    private static PretrainConfig Step(int number)
    {
        var ablation = ConfigLoader.Load<AblationConfig>(Shipped("ablation/l14")).Value;
        return ConfigLoader.Load<PretrainConfig>(
            Shipped("ablation/l14-base"),
            [.. ablation.Steps.Take(number).SelectMany(step => step.Set)],
            _ => null).Value;
    }

    private static void AssertSameModel(string preset, params ContrastiveTrainingConfig[] runs)
    {
        Assert.All(runs, run => Assert.Equal(ModelOptions.OfPreset(preset), run.Model));
        Assert.All(runs, run => Assert.Equal(runs[0].Tokenizer, run.Tokenizer));
        Assert.All(runs, run => Assert.Equal(ModelPresets.Find(preset).Vision.ImageSize, run.Stages[^1].Resolution));
        Assert.All(runs, run => Assert.Equal(ModelPresets.Find(preset).Text!.ContextLength, run.Tokenizer.Context));
        Assert.Equal(runs.Length, runs.Select(run => run.Run.Name).Distinct().Count());

        var cooldown = Assert.Single(runs.SelectMany(run => run.Stages), stage => stage.CooldownRate is not null);
        Assert.Same(runs[0].Stages[^1], cooldown);
        Assert.Equal(50_000_000, cooldown.Samples);
    }

    private static void AssertFollows(ContrastiveTrainingConfig before, ContrastiveTrainingConfig after)
    {
        Assert.Equal(Output(before), after.Init);
        Assert.All(after.Stages, stage => Assert.Equal(before.Stages[^1].Resolution, stage.Resolution));
    }

    private static string Output(ContrastiveTrainingConfig run) => Path.Join(run.Run.Output, run.Run.Name);

    private static double Samples(ContrastiveTrainingConfig run, bool cooldown)
        => StagePlan.Lay(run.Stages)
            .Where(stage => stage.CooldownRate is not null == cooldown)
            .Sum(stage => Math.Round((double)stage.Steps * stage.Batch / 1e6) * 1e6);

    /// <summary>Without the user's own variables, so that every place is the one the file names.</summary>
    private static T Load<T>(string folder, string name)
        where T : class => ConfigLoader.Load<T>(Shipped($"{folder}/pe-core-{name}"), environment: _ => null).Value;

    private static string Shipped(string name) => Path.Combine(RepositoryPaths.Root, "configs", name + ".yaml");

    [GeneratedRegex(@"^ +pe ([a-z-]+) --config configs/([a-z0-9/-]+)\.yaml", RegexOptions.Multiline)]
    private static partial Regex PageCommand();
}
