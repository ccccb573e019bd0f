using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Recipes;
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
}
