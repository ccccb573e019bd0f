using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models;

public sealed class ModelWeightsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-checkpoint-").FullName;

    private static readonly ClipOptions Small = new()
    {
        Vision = new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12 },
        Text = new TextOptions { Width = 16, Layers = 2, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
    };

    private string File => Path.Combine(folder, "weights.safetensors");

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("meta")]
    [InlineData("open_clip")]
    public void A_model_comes_back_from_its_checkpoint_with_the_same_features(string layout)
    {
        using var model = Write(layout);
        using var checkpoint = ModelWeights.Open(folder);
        using var read = checkpoint.LoadClip();
        Assert.False(read.training);
        Assert.True(read.parameters().All(parameter => parameter.requires_grad));
        var images = rand(2, 3, 12, 12);
        foreach (var (name, tensor) in read.state_dict())
        {
            Assert.True(tensor.allclose(model.state_dict()[name], 0, 0), name);
        }

        // Mapped weights are aligned to 4 bytes only, so that products may be summed in another order.
        Assert.True(read.EncodeImage(images).allclose(model.EncodeImage(images), 1e-5, 1e-6));
        var tokens = randint(1, 39, [2, 10]);
        Assert.True(read.EncodeText(tokens).allclose(model.EncodeText(tokens), 1e-5, 1e-6));
        Assert.Equal(model.LogitScale.item<float>(), read.LogitScale.item<float>());
    }

    [Theory]
    [InlineData("meta")]
    [InlineData("timm")]
    [InlineData("hf")]
    [InlineData("meta-vision")]
    public void The_vision_tower_can_be_loaded_alone_and_at_another_size(string layout)
    {
        using var model = Write(layout);
        using var checkpoint = ModelWeights.Open(File);
        using var tower = checkpoint.LoadVision(imageSize: 20);
        Assert.Equal(20, tower.Options.ImageSize);
        var images = rand(2, 3, 20, 20);
        Assert.True(tower.call(images).allclose(model.Visual.call(images), 1e-5, 1e-6));
    }

    [Fact]
    public void The_learned_positions_may_be_made_for_another_grid_than_the_metadata_says()
    {
        using var model = Write("meta");
        var at20 = new ClipArchitecture(Small).At(20).Write();
        Save([.. model.state_dict().Select(entry => (entry.Key, entry.Value))], at20);
        using var checkpoint = ModelWeights.Open(File);
        using var read = checkpoint.LoadClip();
        var images = rand(1, 3, 20, 20);
        Assert.True(read.EncodeImage(images).allclose(model.EncodeImage(images), 1e-5, 1e-6));
    }

    [Fact]
    public void Every_difference_is_listed_by_name_with_both_shapes_and_nothing_is_loaded()
    {
        using var model = Write("meta");
        using var target = new ClipModel(Small);
        var before = target.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        var tensors = model.state_dict().Where(entry => entry.Key != "ln_final.bias")
            .Select(entry => (entry.Key, entry.Key == "text_projection" ? ones(16, 5) : entry.Value));
        Save([.. tensors, ("visual.extra", ones(2))], new ClipArchitecture(Small).Write());

        using var checkpoint = ModelWeights.Open(File);
        var message = Assert.Throws<UserErrorException>(() => checkpoint.LoadInto(target, new ClipArchitecture(target.Options))).Message;
        Assert.Contains("missing ln_final.bias [16]", message);
        Assert.Contains("text_projection is [16, 5], the model wants [16, 12]", message);
        Assert.Contains("unexpected visual.extra [2]", message);
        Assert.All(target.state_dict(), entry => Assert.True(entry.Value.allclose(before[entry.Key], 0, 0)));
        Assert.Throws<UserErrorException>(() => checkpoint.LoadClip());
    }

    [Fact]
    public void Weights_of_a_model_with_the_same_tensors_and_another_function_are_refused_fact_by_fact()
    {
        using var model = Write("meta");
        using var target = new ClipModel(new ClipOptions
        {
            Vision = Small.Vision with { Heads = 6, PoolingHeads = 4, UseRope2D = false },
            Text = Small.Text with { Heads = 4 },
        });
        using var checkpoint = ModelWeights.Open(File);
        var message = Assert.Throws<UserErrorException>(() => checkpoint.LoadInto(target, new ClipArchitecture(target.Options))).Message;
        Assert.DoesNotContain('\n', message);
        Assert.Contains(
            "(4 differences: vision.heads is 3 in the file and 6 in the model; "
            + "vision.use_rope2d is true in the file and false in the model; "
            + "vision.pooling_heads is 8 in the file and 4 in the model; text.heads is 2 in the file and 4 in the model)",
            message,
            StringComparison.Ordinal);
        Assert.Null(checkpoint.Assumed(new ClipArchitecture(Small)));
    }

    [Fact]
    public void Another_pooling_without_tensors_of_its_own_is_refused()
    {
        var pooled = Small with { Vision = Small.Vision with { Pooling = Pooling.Token } };
        using var model = new ClipModel(pooled);
        Save([.. model.state_dict().Select(entry => (entry.Key, entry.Value))], new ClipArchitecture(pooled).Write());
        using var target = new ClipModel(pooled with { Vision = pooled.Vision with { Pooling = Pooling.Average } });
        using var checkpoint = ModelWeights.Open(File);
        Assert.Contains(
            "vision.pooling is token in the file and average in the model",
            Assert.Throws<UserErrorException>(() => checkpoint.LoadInto(target, new ClipArchitecture(target.Options))).Message);
    }

    [Fact]
    public void Input_size_and_what_training_alone_leaves_out_are_no_differences()
    {
        using var model = Write("meta");
        using var target = new ClipModel(
            Small with { Vision = Small.Vision with { ImageSize = 20, DropPath = 0.5, PatchDropout = 0.5, LayerScale = null } });
        using var checkpoint = ModelWeights.Open(File);
        checkpoint.LoadInto(target, new ClipArchitecture(target.Options));
        Assert.True(target.state_dict()["visual.proj"].allclose(model.state_dict()["visual.proj"], 0, 0));
    }

    [Fact]
    public void Of_a_file_that_does_not_name_its_architecture_it_is_said_what_is_assumed()
    {
        using var model = new ClipModel(Small);
        SafetensorsWriter.Write(File, [.. model.state_dict().Select(entry => (entry.Key, entry.Value))], new Dictionary<string, string>());
        using var target = new ClipModel(Small with { Vision = Small.Vision with { Heads = 6 } });
        using var checkpoint = ModelWeights.Open(File);
        checkpoint.LoadInto(target, new ClipArchitecture(target.Options));
        Assert.Equal(
            "vision.heads 6, vision.use_rope2d true, vision.pooling attention, vision.pooling_heads 8, text.heads 2",
            checkpoint.Assumed(new ClipArchitecture(target.Options)));
    }

    [Fact]
    public void Models_with_the_same_tensors_and_another_function_are_not_averaged()
    {
        using var model = Write("meta");
        var other = Path.Combine(folder, "other.safetensors");
        var architecture = new ClipArchitecture(Small with { Vision = Small.Vision with { UseRope2D = false } }).Write();
        SafetensorsWriter.Write(
            other,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = architecture });
        var failure = Assert.Throws<UserErrorException>(
            () => PerceptionEncoder.Tools.Checkpoints.CheckpointAverage.Write([File, other], [], Path.Combine(folder, "mean.safetensors")));
        Assert.Contains("vision.use_rope2d is true there and false here", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vision_tower_without_text_cannot_be_loaded_as_a_contrastive_model()
    {
        using var model = Write("timm");
        using var checkpoint = ModelWeights.Open(File);
        Assert.Contains("without text tower", Assert.Throws<UserErrorException>(() => checkpoint.LoadClip()).Message);
    }

    [Theory]
    [InlineData("PE-Core-B16-224")]
    [InlineData("PE-Core-T16-384")]
    [InlineData("PE-Core-G14-448")]
    [InlineData("PE-Lang-G14-448")]
    [InlineData("PE-Spatial-L14-448")]
    [InlineData("PE-Spatial-T16-512")]
    public void A_published_model_is_recognised_by_its_tensors_alone(string preset)
    {
        var architecture = ModelPresets.Find(preset);
        using var file = new DescribedTensors(architecture.Tensors());
        var detected = (ClipArchitecture)ClipFamily.Instance.Detect(file);
        Assert.Equal(architecture, detected);
        Assert.Equal(preset, ModelPresets.Like(detected)[0]);
    }

    [Fact]
    public void A_width_that_no_published_model_has_is_an_error_without_metadata()
    {
        using var file = new DescribedTensors(new ClipArchitecture(Small).Tensors());
        Assert.Contains("width of 24", Assert.Throws<UserErrorException>(() => ClipFamily.Instance.Detect(file)).Message);
    }

    [Fact]
    public void Training_a_loaded_model_leaves_its_file_as_it_was_and_deleting_the_file_the_model()
    {
        using var model = Write("meta");
        var before = System.IO.File.ReadAllBytes(File);
        ClipModel read;
        using (var checkpoint = ModelWeights.Open(File))
        {
            read = checkpoint.LoadClip();
        }

        using (no_grad())
        {
            foreach (var parameter in read.parameters())
            {
                parameter.add_(1);
            }
        }

        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        System.IO.File.Delete(File);
        Assert.True(read.Visual.state_dict()["proj"].allclose(model.Visual.state_dict()["proj"] + 1));
        read.EncodeImage(rand(1, 3, 12, 12)).sum().backward();
        Assert.NotNull(read.Visual.state_dict()["proj"].grad);
        read.Dispose();
    }

    [Fact]
    public void Loading_again_and_again_takes_no_more_memory()
    {
        var architecture = new ClipArchitecture(
            new VisionOptions { Width = 384, Layers = 4, Heads = 6, PatchSize = 4, ImageSize = 12 },
            null);
        using (var tower = new VisionTransformer(architecture.Vision))
        {
            Save([.. tower.state_dict().Select(entry => ("visual." + entry.Key, entry.Value))], architecture.Write());
        }

        // torch's count of live tensors never goes down for a Parameter, so the process's memory is measured.
        Load(3);
        var before = ProcessUsage.Read().ResidentBytes;
        Load(10);
        Assert.True(ProcessUsage.Read().ResidentBytes - before < 3 * new FileInfo(File).Length);

        void Load(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var checkpoint = ModelWeights.Open(File);
                using var read = checkpoint.LoadVision();
            }
        }
    }

    private ClipModel Write(string layout)
    {
        var model = new ClipModel(Small);
        model.eval();
        var map = PerceptionEncoder.Models.Clip.ClipLayouts.All.Single(map => map.Name == layout);
        var architecture = map.Holds("token_embedding.weight") ? new ClipArchitecture(Small) : new ClipArchitecture(Small.Vision, null);
        var tensors = model.state_dict().Where(entry => map.Holds("token_embedding.weight")
            || entry.Key.StartsWith("visual.", StringComparison.Ordinal)).Select(entry => (entry.Key, entry.Value));
        Save(LayoutExport.Arrange(map, [.. tensors]).Tensors, architecture.Write());
        return model;
    }

    private void Save(IReadOnlyList<(string, Tensor)> tensors, string architecture)
        => SafetensorsWriter.Write(File, tensors, new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = architecture });
}
