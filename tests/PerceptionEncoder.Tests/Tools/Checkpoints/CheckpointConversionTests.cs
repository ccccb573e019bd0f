using System.Buffers.Binary;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tests.Serialization.Weights;
using PerceptionEncoder.Tools.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Checkpoints;

public sealed class CheckpointConversionTests : IDisposable
{
    private static readonly ClipArchitecture Small = new(
        new VisionOptions { Width = 24, Layers = 1, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12 },
        null);

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-conversion-").FullName;

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("timm", null, 3)]
    [InlineData("timm", 20, 5)]
    [InlineData("hf", 20, 5)]
    [InlineData("meta", 20, null)]
    public void The_grid_that_timm_must_be_created_with_is_that_of_the_written_input_size(string layout, int? imageSize, int? grid)
    {
        Write(Small, "in.safetensors");
        var converted = new CheckpointConversion
        {
            Input = At("in.safetensors"),
            Output = At("out.safetensors"),
            Layout = layout,
            ImageSize = imageSize,
        }.Run();
        Assert.Equal(
            grid is null ? null : $"img_size={imageSize ?? 12}, ref_feat_shape=({grid}, {grid})",
            converted.Note?.Split(": ")[0].Split("with ")[1]);
        Assert.Null(converted.Origin);
    }

    [Fact]
    public void A_tower_without_rotary_positions_needs_no_grid()
    {
        Write(Small with { Vision = Small.Vision with { UseRope2D = false } }, "in.safetensors");
        Assert.Null(new CheckpointConversion { Input = At("in.safetensors"), Output = At("out.pt"), Layout = "timm" }.Run().Note);
    }

    [Fact]
    public void A_file_of_very_many_tensors_is_described_in_short()
    {
        const int Count = 50_000;
        var header = System.Text.Encoding.UTF8.GetBytes("{" + string.Join(",", Enumerable.Range(0, Count).Select(i => $$$"""
            "visual.transformer.resblocks.{{{i}}}.ln_1.weight":{"dtype":"U8","shape":[1],"data_offsets":[{{{i}}},{{{i + 1}}}]}
            """)) + $$$""","visual.conv1.weight":{"dtype":"U8","shape":[768,3,1,1],"data_offsets":[{{{Count}}},{{{Count + 2304}}}]}}""");
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        File.WriteAllBytes(At("many.safetensors"), [.. prefix, .. header, .. new byte[Count + 2304]]);
        var inspection = CheckpointInspection.Of(At("many.safetensors"));
        Assert.Equal(Count + 1, inspection.Tensors.Count);
        Assert.InRange(Assert.Single(inspection.Problems).Length, 1, 4000);
    }

    [Fact]
    public void Inspection_tells_what_of_a_training_checkpoint_is_read()
    {
        var weights = Small.Tensors().ToDictionary(
            tensor => "module." + tensor.Name,
            tensor
                => (object?)new PickledTensor(tensor.Shape, new byte[4 * tensor.Shape.Aggregate(1L, (product, side) => product * side)]));
        PickledArchive.Save(At("training.pt"), new Dictionary<string, object?>
        {
            ["epoch"] = 3,
            ["model_ema"] = weights,
            ["model"] = weights,
            ["args"] = new PickledObject("argparse", "Namespace"),
        });
        var inspection = CheckpointInspection.Of(At("training.pt"));
        Assert.Equal("its entry model_ema: the average model_ema is taken, not the weights as trained, model", inspection.Origin);
        Assert.StartsWith("meta", inspection.Layout, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(folder, name);

    private void Write(ClipArchitecture architecture, string name)
        => SafetensorsWriter.Write(
            At(name),
            [.. architecture.Tensors().Select(tensor => (tensor.Name, zeros(tensor.Shape)))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = architecture.Write() });
}
