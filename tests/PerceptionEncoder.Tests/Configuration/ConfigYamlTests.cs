using CsCheck;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

public sealed class ConfigYamlTests : IDisposable
{
    // A lone surrogate is not text: no UTF-8 file can hold it.
    private static readonly Gen<string> s_text = Gen.OneOf(
        Gen.String.Where(text => text.EnumerateRunes().All(rune => rune != System.Text.Rune.ReplacementChar)),
        Gen.OneOf(
            "", " ", "null", "~", "true", "1", "1e3", "- a", "a: b", "#c", "${X}", "$${X}", "$", "é\u0085\u2028😀", "a\nb\n", "'", "\"",
            "\\", "\t", "*a", "yes", "?", "%", "@", "--- "));

    private static readonly Gen<ExampleTower> s_tower = Gen.Select(Gen.Int, Gen.Int, Gen.Int.Nullable(), (width, layers, output) =>
        new ExampleTower { Width = width, Layers = layers, OutputDim = output });

    private static readonly Gen<ExampleModel> s_model = Gen.Select(Gen.OneOf<string?>(null, "small", "large"), s_tower, (preset, tower) =>
        new ExampleModel { Preset = preset, Vision = tower });

    private static readonly Gen<ExampleStage> s_stage = Gen.Select(
        Gen.Int[1, int.MaxValue],
        Gen.Long[1, long.MaxValue],
        Gen.Int.Nullable(),
        (resolution, samples, batch) => new ExampleStage { Resolution = resolution, Samples = samples, Batch = batch });

    private static readonly Gen<ExampleOptimizer> s_optimizer = Gen.Select(
        Gen.Enum<ExampleAlgorithm>(), Gen.Double[1e-9, 1e9], Gen.Double[0, 0.99].Array[2], Gen.Double[-1, 0], Gen.Double.Nullable(),
        (type, rate, betas, decay, clip) =>
            new ExampleOptimizer { Type = type, LearningRate = rate, Betas = betas, WeightDecay = decay, Clip = clip });

    private static readonly Gen<ExampleConfig> s_config = Gen.Select(
        Gen.Select(s_text, Gen.ULong, s_model, s_stage.Array[0, 4]),
        Gen.Select(s_optimizer, Gen.Double.Where(ratio => ratio != 0).Nullable(), Gen.Double[-2, 2].Array[2], Gen.Enum<ExamplePrecision>()),
        Gen.Bool,
        Gen.Dictionary(s_text, Gen.Double)[0, 3],
        (first, second, rope, weights) => new ExampleConfig
        {
            Name = first.Item1,
            Seed = first.Item2,
            Model = first.Item3,
            Stages = [.. first.Item4.OrderBy(stage => stage.Resolution)],
            Optimizer = second.Item1,
            Mask = second.Item2 is { } ratio ? new ExampleMask { Ratio = ratio } : null,
            CropScale = new Interval(second.Item3.Min(), second.Item3.Max()),
            Precision = second.Item4,
            UseRope2D = rope,
            Weights = weights,
        });

    private readonly ConfigFolder _folder = new();

    [Fact]
    public void Passwords_and_tokens_in_addresses_are_not_written()
    {
        var yaml = ConfigYaml.Write(new ExampleConfig { Name = "https://user:secret@host/weights.pt?token=secret&download=true" });
        Assert.DoesNotContain("secret", yaml, StringComparison.Ordinal);
        Assert.Contains("https://host/weights.pt?token=...&download=true", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_record_loads_back_from_the_yaml_it_was_written_as() => s_config.Sample(
        config =>
        {
            var loaded = _folder.With(ConfigFolder.Main, ConfigYaml.Write(config)).Load<ExampleConfig>().Value;
            Assert.Equal(config.Name, loaded.Name);
            Assert.Equal(config.Seed, loaded.Seed);
            Assert.Equal(config.Model, loaded.Model);
            Assert.Equal(config.Stages, loaded.Stages);
            Assert.Equal(config.Optimizer.Betas, loaded.Optimizer.Betas);
            Assert.Equal(config.Optimizer, loaded.Optimizer with { Betas = config.Optimizer.Betas });
            Assert.Equal(config.Mask, loaded.Mask);
            Assert.Equal(config.CropScale, loaded.CropScale);
            Assert.Equal((config.Precision, config.UseRope2D), (loaded.Precision, loaded.UseRope2D));
            Assert.Equal(config.Weights, loaded.Weights);
        },
        iter: 300, threads: 1);

    [Fact]
    public void The_yaml_is_what_a_person_would_write()
    {
        var config = new ExampleConfig
        {
            Name = "1",
            Model = new ExampleModel { Preset = "small", Vision = new ExampleTower { OutputDim = 8 } },
            Stages = [new ExampleStage { Resolution = 16, Samples = 1000 }],
            Weights = new Dictionary<string, double> { ["a b"] = 1e-5 },
        };

        Assert.Equal(
            """
            name: "1"
            seed: 17
            model:
              preset: small
              vision:
                width: 768
                layers: 6
                output_dim: 8
            stages:
            - resolution: 16
              samples: 1000
            optimizer:
              type: lamb
              learning_rate: 0.002
              betas: [0.9, 0.95]
              weight_decay: 0.05
            crop_scale: [0.08, 1]
            precision: fp32
            use_rope2d: true
            weights:
              "a b": 1e-05

            """.ReplaceLineEndings("\n"),
            ConfigYaml.Write(config));
    }

    [Fact]
    public void A_null_is_written_where_the_default_is_something_else()
    {
        var yaml = ConfigYaml.Write(new ExampleConfig { Model = new ExampleModel { Vision = new ExampleTower { OutputDim = null } } });

        Assert.Contains("output_dim: null", yaml);
        Assert.Null(_folder.With(ConfigFolder.Main, yaml).Load<ExampleConfig>().Value.Model.Vision.OutputDim);
    }

    [Fact]
    public void Random_text_is_a_config_or_a_config_error() => Gen.OneOf(
        Gen.String,
        Gen.Char["ab:{}[]-,&*!#'\"|>%@?~$ \n\t0123\\Ux"].Array[0, 40].Select(letters => new string(letters))).Sample(
        yaml => Survives(() => _folder.With(ConfigFolder.Main, yaml).Load<ExampleConfig>()),
        iter: 1000, threads: 1);

    [Fact]
    public void A_damaged_config_is_a_config_or_a_config_error() => Gen.Select(
        s_config.Select(ConfigYaml.Write),
        Gen.Int[0, 10_000],
        Gen.Int[0, 20],
        s_text).Sample(
        (yaml, at, length, text) =>
        {
            at %= yaml.Length;
            var damaged = yaml.Remove(at, Math.Min(length, yaml.Length - at)).Insert(at, text);
            Survives(() => _folder.With(ConfigFolder.Main, damaged).Load<ExampleConfig>());
        },
        iter: 400, threads: 1);

    [Fact]
    public void A_random_override_is_a_config_or_a_config_error()
    {
        _folder.With(ConfigFolder.Main, "stages: [{resolution: 16, samples: 1k}]\nmodel: small");
        var path = Gen.OneOf(
            "stages", "[0]", ".", "resolution", "model", "vision", "betas", "optimizer", "mask", "-1", "=", "[", "]",
            "weights").Array[1, 6].Select(string.Concat);
        Gen.Select(path, s_text)
            .Sample((key, value) => Survives(() => _folder.Load<ExampleConfig>($"{key}={value}")), iter: 2000, threads: 1);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Fails on any exception but the one that tells the user what to mend.</summary>
    private static void Survives(Action load)
    {
        try
        {
            load();
        }
        catch (ConfigException problem)
        {
            Assert.Equal(problem.Problems.Count, problem.Message.Split('\n').Length);
        }
    }
}
