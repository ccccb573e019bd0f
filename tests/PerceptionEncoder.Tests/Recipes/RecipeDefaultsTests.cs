using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tests.Configuration;

namespace PerceptionEncoder.Tests.Recipes;

/// <summary>A config that names only what has no default trains as the paper's table for its stage says.</summary>
public sealed class RecipeDefaultsTests : IDisposable
{
    private const string Least = """
        run: {name: least}
        model: PE-Core-B16-224
        tokenizer: {}
        data: {train: [{shards: nowhere.tar}]}
        stages: [{resolution: 224, steps: 1, batch: 2}]

        """;

    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pretraining_is_that_of_table_18()
    {
        var config = Load<PretrainConfig>();
        AssertShared(config, learningRate: 2e-3);
        AssertAugmented(config.Augmentation);
        Assert.Equal((1.0 / 16, 0.4), (config.Regularization.Mask!.Share, config.Regularization.Mask.Ratio));
    }

    [Fact]
    public void Video_finetuning_is_that_of_table_19()
    {
        var config = Load<FinetuneVideoConfig>("init: nowhere");
        AssertShared(config, learningRate: 1e-6);
        AssertAugmented(config.Augmentation);
        Assert.Equal((8, null), (config.Frames, config.Regularization.Mask));
    }

    [Fact]
    public void Distillation_is_that_of_table_20()
    {
        var config = Load<DistillConfig>("teacher: {checkpoint: nowhere}");
        AssertShared(config, learningRate: 1e-6);
        Assert.Equal((200.0, null, null), (config.Teacher.LogitScale, config.Augmentation, config.Regularization.Mask));
    }

    [Fact]
    public void A_section_that_names_some_keys_leaves_the_others_to_its_table()
    {
        const string Some = "optimizer: {type: adamw, weight_decay: 0.1}\nregularization: {drop_path: 0.1}\n";
        Assert.Equal(2e-3, Load<PretrainConfig>(Some).Optimizer.LearningRate);
        Assert.Equal(0.4, Load<PretrainConfig>(Some).Regularization.Mask!.Ratio);
        Assert.Equal(1e-6, Load<FinetuneVideoConfig>(Some + "init: nowhere").Optimizer.LearningRate);
        Assert.Equal(1e-6, Load<DistillConfig>(Some + "teacher: {checkpoint: nowhere}").Optimizer.LearningRate);
    }

    [Fact]
    public void Mask_regularisation_can_be_left_out_and_stays_out_in_the_resolved_config()
    {
        var config = _folder.With(ConfigFolder.Main, Least + "regularization: {mask: null}").Load<PretrainConfig>();
        Assert.Null(config.Value.Regularization.Mask);
        Assert.Null(_folder.With(ConfigFolder.Main, config.ToYaml()).Load<PretrainConfig>().Value.Regularization.Mask);
    }

    [Fact]
    public void Positions_are_learned_at_the_last_grid_throughout_where_that_is_asked_for()
    {
        const string Stages = "stages: [{resolution: 112, steps: 1, batch: 2}, {resolution: 224, steps: 1, batch: 2}]\n";
        var config = _folder.With(
            ConfigFolder.Main,
            Least.Replace("stages: [{resolution: 224, steps: 1, batch: 2}]\n", Stages) + "positions: final").Load<PretrainConfig>().Value;
        Assert.Equal((112, 224), (config.ModelAt(112, 100).Vision.ImageSize, config.ModelAt(112, 100).Vision.PositionsSize));
        Assert.Equal((224, null), (config.ModelAt(224, 100).Vision.ImageSize, config.ModelAt(224, 100).Vision.PositionsSize));
        Assert.Null((config with { Positions = PositionGrid.Stage }).ModelAt(112, 100).Vision.PositionsSize);
    }

    private T Load<T>(string more = "")
        where T : ContrastiveTrainingConfig => _folder.With(ConfigFolder.Main, Least + more).Load<T>().Value;

    /// <summary>What the three tables have in common.</summary>
    private static void AssertShared(ContrastiveTrainingConfig config, double learningRate)
    {
        Assert.Equal(
            (OptimizerKind.Lamb, learningRate, new Interval(0.9, 0.95), 0.05),
            (config.Optimizer.Type, config.Optimizer.LearningRate, config.Optimizer.Betas, config.Optimizer.WeightDecay));
        Assert.Equal((ScheduleKind.Cosine, 2000L), (config.Schedule.Type, config.Schedule.WarmupSteps));
        Assert.Equal((100.0, 0.0), (config.Regularization.MaxLogitScale, config.Regularization.DropPath));
    }

    /// <summary>The augmentation of tables 18 and 19.</summary>
    private static void AssertAugmented(AugmentationOptions? augmentation)
        => Assert.Equal(
            new AugmentationOptions
            {
                CropScale = new Interval(0.08, 1),
                Aspect = new Interval(0.75, 1.33),
                Brightness = 0.32,
                Saturation = 0.32,
                Contrast = 0,
                Hue = 0,
                Flip = 0.5,
            },
            augmentation);
}
