using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Recipes;

public sealed class AlignedWeightsTests : IDisposable
{
    private static readonly VisionOptions Tower = new()
    {
        ImageSize = 16, PatchSize = 4, Width = 16, Layers = 3, Heads = 2, PoolingHeads = 2, OutputDim = 8,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("aligned").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(2, 0.1)]
    [InlineData(3, 0.05)]
    [InlineData(1, null)]
    public void The_aligned_tower_begins_with_the_features_of_the_layer_behind_which_it_was_cut(int layers, double? layerScale)
    {
        using var scope = NewDisposeScope();
        using var whole = Save();
        var options = Options(layers, layerScale);
        using var model = Build(options);
        AlignedWeights.Load(model, options, Log.Logger);
        model.eval();
        whole.eval();
        var images = rand(2, 3, 16, 16) * 2 - 1;
        var difference = (whole.ForwardFeatures(images, layers - 1) - model.VisionModel!.ForwardFeatures(images)).abs().max();
        Assert.True(difference.ToDouble() < 1e-5, $"{difference.ToDouble()}");
        var gammas = model.state_dict().Keys.Count(name => name.EndsWith(".gamma", StringComparison.Ordinal));
        Assert.Equal(layerScale is null ? 0 : 2 * layers, gammas);
    }

    [Fact]
    public void Weights_are_read_tensor_by_tensor_into_the_model_that_is_there()
    {
        Save().Dispose();
        using var decoder = SaveDecoder("decoder.safetensors");
        var options = Options(2, 0.1);
        using var model = Build(options);
        var before = LiveTensors.Count();
        var most = 0L;
        void Watch() => most = Math.Max(most, Tensor.TotalCount - before);
        using (var weights = Watched("decoder.safetensors", LanguageLayouts.All, Watch))
        {
            AlignedWeights.LoadDecoder(model, weights);
        }

        using (var weights = Watched("tower.safetensors", ClipLayouts.All, Watch))
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            AlignedWeights.LoadEncoder(model.VisionModel!, options.Encoder.LayerScale, weights);
        }

        // One of the file beside a view of it or of the model's; a decoder of one block has twelve, the tower more.
        Assert.InRange(most, 1, 3);
        Assert.Equal(before, LiveTensors.Count());
        var own = model.state_dict();
        Assert.All(decoder.state_dict(), entry => Assert.True(own[entry.Key].allclose(entry.Value, 0, 1e-2), entry.Key));
    }

    [Fact]
    public void A_decoder_of_another_shape_is_refused_in_one_line_and_changes_nothing()
    {
        SaveDecoder("other.safetensors", width: 16).Dispose();
        using var model = Build(Options(2, 0.1) with { Encoder = new AlignedEncoderOptions { Vision = Tower } });
        using var words = model.state_dict()["tok_embeddings.weight"].clone();
        using var weights = ModelWeights.Open(Path.Combine(folder, "other.safetensors"));
        var problem = Assert.Throws<UserErrorException>(() => AlignedWeights.LoadDecoder(model, weights));
        Assert.Contains("decoder.width is 16 in the file and 8 in the model", problem.Message, StringComparison.Ordinal);
        Assert.True(words.allclose(model.state_dict()["tok_embeddings.weight"], 0, 0));
    }

    [Fact]
    public void More_blocks_than_there_are_cannot_be_kept()
    {
        Save().Dispose();
        var problem = Assert.Throws<UserErrorException>(() => AlignedShapes.Of(Options(4, 0.1), null));
        Assert.Contains("keeps 4 blocks of 3", problem.Message, StringComparison.Ordinal);
    }

    private VisionTransformer Save()
    {
        manual_seed(3);
        var tower = new VisionTransformer(Tower);
        using var noGradient = no_grad();
        foreach (var parameter in tower.parameters())
        {
            parameter.add_(randn_like(parameter) * 0.1);
        }

        WeightsWriter.Write(
            Path.Combine(folder, "tower.safetensors"),
            WeightsFormat.Safetensors,
            [.. tower.state_dict().Select(entry => (entry.Key, entry.Value))],
            new ClipArchitecture(Tower, null).Metadata);
        return tower;
    }

    /// <summary>In bfloat16, so that the model cannot take the file's own pages.</summary>
    private LanguageModel SaveDecoder(string name, int width = 8)
    {
        var model = new LanguageModelOptions { Decoder = Options(1, null).Decoder.Shape! with { Width = width } }.Build();
        using var scope = NewDisposeScope();
        WeightsWriter.Write(
            Path.Combine(folder, name),
            WeightsFormat.Safetensors,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach().to(bfloat16)))],
            new LanguageArchitecture(model.Options).Metadata);
        return model;
    }

    private ModelWeights Watched(string name, IReadOnlyList<NameMap> layouts, Action watch)
        => ModelWeights.Of(PublishedTensorFile.Of(new WatchedFile(TensorFile.Open(Path.Combine(folder, name)), watch), layouts));

    private AlignedModelOptions Options(int layers, double? layerScale) => new()
    {
        Encoder = new AlignedEncoderOptions
        {
            Checkpoint = Path.Combine(folder, "tower.safetensors"), Layers = layers, LayerScale = layerScale,
        },
        Decoder = new AlignedDecoderOptions
        {
            Shape = new DecoderOptions { VocabularySize = 9, Width = 8, Layers = 1, Heads = 2, KeyValueHeads = 1, FeedForwardWidth = 8 },
        },
    };

    private static LanguageModel Build(AlignedModelOptions options)
    {
        var shapes = AlignedShapes.Of(options, null);
        return new LanguageModelOptions
        {
            Vision = options.Encoder.Aligned(shapes.Vision, 16, isTrained: true),
            Projector = new ProjectorOptions { PoolingRatio = 2 },
            Decoder = shapes.Decoder,
        }.Build();
    }

    /// <summary>A file that tells when a tensor of it is in memory.</summary>
    private sealed class WatchedFile(TensorFile file, Action watch) : TensorFile(file.Path)
    {
        public override IReadOnlyDictionary<string, string> Metadata => file.Metadata;

        public override IReadOnlyDictionary<string, TensorEntry> Entries => file.Entries;

        private protected override void CopyInto(TensorEntry entry, Tensor target)
        {
            file.ReadInto(entry.Name, target);
            watch();
        }

        protected override void Dispose(bool disposing) => file.Dispose();
    }
}
