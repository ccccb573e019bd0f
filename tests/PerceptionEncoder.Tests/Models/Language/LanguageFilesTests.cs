using PerceptionEncoder.Inference;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tests.Golden;
using PerceptionEncoder.Tools.Checkpoints;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Language;

public sealed class LanguageFilesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string, string> EveryForm
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var model in Models.Keys)
            {
                cases.Add(model, "hf/model.safetensors");
                cases.Add(model, "meta/consolidated.00.pth");
            }

            return cases;
        }
    }

    private static Dictionary<string, LanguageModelOptions> Models { get; } = new()
    {
        ["llama"] = SmallLanguageModel.Text with
        {
            Decoder = SmallLanguageModel.Text.Decoder with { TiedHead = false, HeadDim = 6, RopeScaling = new RopeScalingOptions() },
        },
        ["qwen"] = SmallLanguageModel.Text with { Decoder = SmallLanguageModel.Text.Decoder with { QkvBias = true, NormEps = 1e-6 } },
        ["plm"] = SmallLanguageModel.Seeing with { Vision = SmallLanguageModel.Seeing.Vision! with { Width = 192, Heads = 3 } },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(EveryForm))]
    public void Every_model_comes_back_from_every_form_with_the_same_logits(string name, string form)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = Models[name];
        using var model = SmallLanguageModel.Build(options);
        Redraw(model);
        var (own, file) = (Path.Combine(folder, "own.safetensors"), Path.Combine(folder, form));
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Write(own, model);
        new CheckpointConversion { Input = own, Output = file, Layout = form.Split('/')[0] }.Run();
        if (form.StartsWith("hf", StringComparison.Ordinal))
        {
            WithoutMetadata(file);                                                                   // as published
        }

        using var weights = ModelWeights.Open(file);
        using var read = weights.LoadLanguage();
        Assert.Equal(options.Decoder with { HeadDim = null }, read.Options.Decoder with { HeadDim = null });
        Assert.Equal(options.Decoder.HeadSize, read.Options.Decoder.HeadSize);
        Assert.Equal((options.Projector, options.Vision?.ImageSize), (read.Options.Projector, read.Options.Vision?.ImageSize));
        Assert.Equal(0, GoldenFolder.MaxDifference(Logits(model), Logits(read)));
    }

    [Fact]
    public void The_tower_of_a_language_model_serves_where_a_tower_is_wanted()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = SmallLanguageModel.Build(Models["plm"]);
        var file = Path.Combine(folder, "plm.safetensors");
        Write(file, model);
        using var weights = ModelWeights.Open(file);
        using var tower = weights.LoadVision();
        var image = linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16);
        Assert.Equal(0, GoldenFolder.MaxDifference(model.VisionModel!.ForwardFeatures(image), tower.ForwardFeatures(image)));
    }

    [Theory]
    [InlineData("{\"model_type\": \"mamba\"}", "mamba is not known; known are llama, qwen2 and perception_lm")]
    [InlineData("{\"architectures\": []}", "no model_type")]
    [InlineData("{\"model_type\": \"llama\", \"hidden_size\": \"wide\"}", "num_attention_heads")]
    [InlineData("{\"model_type\": \"llama\", \"num_attention_heads\": 0, \"hidden_size\": 4}", "must be positive")]
    [InlineData("{\"model_type\": \"llama\", \"hidden_act\": \"gelu\"}", "hidden_act is gelu")]
    [InlineData("[1]", "is a list")]
    [InlineData("{", "is no JSON")]
    public void A_config_of_another_kind_is_one_line_that_says_what_is_known(string config, string said)
    {
        using var model = SmallLanguageModel.Build();
        var file = Path.Combine(folder, "hf", "model.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        Write(Path.Combine(folder, "own.safetensors"), model);
        new CheckpointConversion { Input = Path.Combine(folder, "own.safetensors"), Output = file, Layout = "hf" }.Run();
        WithoutMetadata(file);
        File.WriteAllText(Path.Combine(folder, "hf", "config.json"), config);
        using var weights = ModelWeights.Open(file);
        var message = Assert.Throws<UserErrorException>(() => weights.LoadLanguage()).Message;
        Assert.Contains(said, message);
        Assert.Contains("config.json", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Weights_without_a_config_say_what_is_missing()
    {
        using var model = SmallLanguageModel.Build();
        var file = Path.Combine(folder, "model.safetensors");
        Write(file, model);
        WithoutMetadata(file);
        using var weights = ModelWeights.Open(file);
        Assert.Contains("config.json or params.json", Assert.Throws<UserErrorException>(() => weights.LoadLanguage()).Message);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("consolidated.00.pth")]
    public void A_pointer_of_git_lfs_in_place_of_weights_is_one_line(string name)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0\nsize 5\n");
        var message = Assert.Throws<UserErrorException>(() => ModelWeights.Open(file)).Message;
        Assert.Contains("is a Git LFS pointer, not weights", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_layout_without_a_place_for_language_models_is_refused()
    {
        using var model = SmallLanguageModel.Build();
        var file = Path.Combine(folder, "own.safetensors");
        Write(file, model);
        var conversion = new CheckpointConversion { Input = file, Output = Path.Combine(folder, "timm.safetensors"), Layout = "timm" };
        Assert.Contains("Choose meta or hf", Assert.Throws<UserErrorException>(() => conversion.Run()).Message);
    }

    private static Tensor Logits(LanguageModel model)
    {
        var ids = SmallLanguageModel.Ids(1, 11);
        if (model.VisionModel is null)
        {
            return model.Logits(model.Hidden(model.Embed(ids)));
        }

        var index = full([1, 11], -1, int64);
        index[0].narrow(0, 2, 4).copy_(arange(4));
        var visual = model.EncodeImages(linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)).flatten(0, 1);
        return model.Logits(model.Hidden(model.Embed(ids, visual, index)));
    }

    /// <summary>Nothing is left at 0 or 1, where a mistake would not show.</summary>
    private static void Redraw(LanguageModel model)
    {
        foreach (var parameter in model.parameters())
        {
            parameter.add_(randn_like(parameter) * 0.05);
        }
    }

    private static void Write(string file, LanguageModel model)
        => SafetensorsWriter.Write(
            file,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach()))],
            new LanguageArchitecture(model.Options).Metadata);

    private static void WithoutMetadata(string file)
    {
        using var scope = NewDisposeScope();
        (string Name, Tensor Tensor)[] tensors;
        using (var written = TensorFile.Open(file))
        {
            tensors = [.. written.Entries.Keys.Select(name => (name, written.Read(name)))];
        }

        SafetensorsWriter.Write(file, tensors);
    }
}
