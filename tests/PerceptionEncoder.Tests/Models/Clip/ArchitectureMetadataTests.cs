using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tools.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

/// <summary>A file of a few kilobytes whose metadata claim a model that no machine can hold.</summary>
public sealed class ArchitectureMetadataTests : IDisposable
{
    private static readonly ClipArchitecture Small = new(
        new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12 },
        new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 });

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-metadata-").FullName;

    private string File => Path.Combine(folder, "weights.safetensors");

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("\"layers\":2", "\"layers\":1000000000", "layers 1000000000 is more than 1024")]
    [InlineData("\"layers\":2", "\"layers\":1000", "missing visual.transformer.resblocks.2")]
    [InlineData("\"layers\":2", "\"layers\":1", "unexpected visual.transformer.resblocks.1")]
    [InlineData("\"layers\":2", "\"layers\":-1", "must be positive")]
    [InlineData("\"width\":24", "\"width\":1073741824", "width 1073741824 is more than")]
    [InlineData("\"width\":24", "\"width\":60000", "the model wants [60000, 3, 4, 4]")]
    [InlineData("\"heads\":3", "\"heads\":5", "not a multiple of heads 5")]
    [InlineData("\"heads\":3", "\"heads\":0", "must be positive")]
    [InlineData("\"image_size\":12", "\"image_size\":1048576", "image_size 1048576 is more than")]
    [InlineData("\"image_size\":12", "\"image_size\":8000", "patches of 4 a side")]
    [InlineData("\"patch_size\":4", "\"patch_size\":3", "the model wants [24, 3, 3, 3]")]
    [InlineData("\"mlp_ratio\":4", "\"mlp_ratio\":1e300", "mlp_ratio 1E+300")]
    [InlineData("\"mlp_ratio\":4", "\"mlp_ratio\":60", "the model wants [1440, 24]")]
    [InlineData("\"output_dim\":12", "\"output_dim\":2000000000", "output_dim 2000000000")]
    [InlineData("\"vocabulary_size\":40", "\"vocabulary_size\":2000000000", "vocabulary_size 2000000000 is more than")]
    [InlineData("\"vocabulary_size\":40", "\"vocabulary_size\":4000000", "the model wants [4000000, 16]")]
    [InlineData("\"context_length\":10", "\"context_length\":2000000000", "context_length 2000000000 is more than")]
    [InlineData("\"layers\":2", "\"layers\":99999999999", "cannot be read")]
    public void A_lie_is_one_line_before_any_memory_is_taken(string truth, string lie, string expected)
    {
        var metadata = Small.Write();
        Assert.Contains(truth, metadata);
        Write(metadata.Replace(truth, lie, StringComparison.Ordinal));
        var (tensors, memory) = (LiveTensors.Count(), GC.GetAllocatedBytesForCurrentThread());

        AssertOneLine(expected, Assert.Throws<UserErrorException>(() => Load(checkpoint => checkpoint.LoadClip())).Message);
        AssertOneLine(
            expected,
            Assert.Throws<UserErrorException>(
                () => new CheckpointConversion { Input = File, Output = Path.Combine(folder, "out.pt"), Layout = "meta" }.Run()).Message);
        AssertOneLine(expected, Assert.Single(CheckpointInspection.Of(File).Problems));
        Assert.Equal(tensors, LiveTensors.Count());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - memory, 0, 64 << 20);
    }

    [Fact]
    public void The_vision_tower_alone_is_checked_before_it_is_built()
    {
        Write(Small.Write().Replace("\"width\":24", "\"width\":60000", StringComparison.Ordinal));
        var tensors = LiveTensors.Count();
        AssertOneLine(
            "the model wants [60000, 3, 4, 4]",
            Assert.Throws<UserErrorException>(() => Load(checkpoint => checkpoint.LoadVision())).Message);
        Assert.Equal(tensors, LiveTensors.Count());
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData(int.MaxValue)]
    [InlineData(4096)]
    public void An_input_size_that_no_machine_can_take_is_one_line(int imageSize)
    {
        Write(Small.Write());
        AssertOneLine(
            $"image size {imageSize}: ",
            Assert.Throws<UserErrorException>(() => Load(checkpoint => checkpoint.LoadVision(imageSize))).Message);
    }

    private static void AssertOneLine(string expected, string message)
    {
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private void Load(Func<ModelWeights, nn.Module> load)
    {
        using var checkpoint = ModelWeights.Open(File);
        using var model = load(checkpoint);
    }

    private void Write(string metadata)
        => SafetensorsWriter.Write(
            File,
            [.. Small.Tensors().Select(tensor => (tensor.Name, zeros(tensor.Shape)))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = metadata });
}
