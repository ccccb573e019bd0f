using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

public sealed class ConfigLoaderTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("{}")]
    [InlineData("---\n...\n")]
    public void An_empty_file_gives_the_defaults(string yaml)
    {
        var loaded = Load(yaml);

        Assert.Equal(ConfigYaml.Write(new ExampleConfig()), loaded.ToYaml());
    }

    [Fact]
    public void Every_kind_of_property_is_bound()
    {
        var config = Load("""
            name: run 1
            seed: 18_446_744_073_709_551_615
            stages: [{resolution: 16, samples: 200k, batch: 512}, {resolution: 32, samples: 2.5M}]
            optimizer:
              type: adamw
              learning_rate: 2e-3
              betas: [0.9, 0.999]
              clip: 1
            mask: {share: 1/16, ratio: .4}
            crop_scale: [0.5, 1]
            precision: bf16
            use_rope2d: false
            weights: {a: 1, b/c: 0.5}
            """).Value;

        Assert.Equal("run 1", config.Name);
        Assert.Equal(ulong.MaxValue, config.Seed);
        Assert.Equal(
            [
                new ExampleStage { Resolution = 16, Samples = 200_000, Batch = 512 },
                new ExampleStage { Resolution = 32, Samples = 2_500_000 },
            ],
            config.Stages);
        Assert.Equal(ExampleAlgorithm.AdamW, config.Optimizer.Type);
        Assert.Equal(2e-3, config.Optimizer.LearningRate);
        Assert.Equal([0.9, 0.999], config.Optimizer.Betas);
        Assert.Equal(1, config.Optimizer.Clip);
        Assert.Equal(new ExampleMask { Share = 0.0625, Ratio = 0.4 }, config.Mask);
        Assert.Equal(new Interval(0.5, 1), config.CropScale);
        Assert.Equal(ExamplePrecision.Bf16, config.Precision);
        Assert.False(config.UseRope2D);
        Assert.Equal(0.5, config.Weights["b/c"]);
    }

    [Fact]
    public void A_section_keeps_what_its_parent_gave_it_for_keys_that_are_not_written() =>
        Assert.Equal(0.05, Load("optimizer: {learning_rate: 1}").Value.Optimizer.WeightDecay);

    [Theory]
    [InlineData("name: 017", "017")]
    [InlineData("name: true", "true")]
    [InlineData("name: \"null\"", "null")]
    [InlineData("name: 'it''s'", "it's")]
    [InlineData("name: |-\n  two\n  lines", "two\nlines")]
    public void Text_is_taken_as_it_is_written(string yaml, string expected) => Assert.Equal(expected, Load(yaml).Value.Name);

    [Theory]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("")]
    public void Null_unsets_a_nullable_value(string spelling) =>
        Assert.Null(Load($"model:\n  vision:\n    output_dim: {spelling}\n").Value.Model.Vision.OutputDim);

    [Fact]
    public void Anchors_repeat_a_value()
    {
        var stages = Load("stages: [&first {resolution: 16, samples: 1k}, *first]").Value.Stages;

        Assert.Equal(stages[0], stages[1]);
        Assert.Equal(2, stages.Count);
    }

    [Fact]
    public void A_scalar_stands_for_the_record_that_has_a_shorthand() => Assert.Equal("small", Load("model: small").Value.Model.Preset);

    [Fact]
    public void A_preset_gives_the_defaults_of_what_is_written_beside_it()
    {
        var model = Load("model: {vision: {layers: 3}, preset: small}").Value.Model;

        Assert.Equal(new ExampleTower { Width = 192, Layers = 3, OutputDim = null }, model.Vision);
    }

    [Fact]
    public void Without_a_preset_the_defaults_are_those_of_the_record() =>
        Assert.Equal(new ExampleTower { Width = 768, Layers = 3 }, Load("model: {vision: {layers: 3}}").Value.Model.Vision);

    [Fact]
    public void The_default_of_a_parent_is_never_changed()
    {
        Load("model: {preset: large, vision: {layers: 3}}");

        Assert.Equal(24, ExampleModel.OfPreset("large").Vision.Layers);
        Assert.Equal(24, Load("model: large").Value.Model.Vision.Layers);
    }

    public void Dispose() => _folder.Dispose();

    private LoadedConfig<ExampleConfig> Load(string yaml) => _folder.With(ConfigFolder.Main, yaml).Load<ExampleConfig>();
}
