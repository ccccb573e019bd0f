using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tools.Checkpoints;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Segmentation;

public sealed class SegmentationArchitectureTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("SAM-2.1-tiny", 38.9)]
    [InlineData("SAM-2.1-small", 46.0)]
    [InlineData("SAM-2.1-base-plus", 80.8)]
    [InlineData("SAM-2.1-large", 224.4)]
    public void The_published_sizes_have_the_published_count_but_for_the_memory(string name, double published)
    {
        var architecture = new SegmentationArchitecture(SegmentationPresets.Find(name));
        Assert.Null(architecture.FindProblem());
        const double memory = 7.6;                              // attention, encoder and pointers of a clip, the same in all four
        Assert.InRange(architecture.ParameterCount / 1e6, published - memory - 0.6, published - memory + 0.6);
        Assert.StartsWith(name, architecture.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_and_shapes_are_those_of_the_module()
    {
        using var model = SmallSegmentationModel.Build();
        Assert.Equal(
            model.state_dict().Select(entry => Line(entry.Key, entry.Value.shape)).Order(),
            new SegmentationArchitecture(model.Options).Tensors().Select(entry => Line(entry.Name, entry.Shape)).Order());

        static string Line(string name, long[] shape) => $"{name} [{string.Join(", ", shape)}]";
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var architecture = new SegmentationArchitecture(SmallSegmentationModel.Options);
        Assert.Empty(architecture.Differences(SegmentationArchitecture.Read(architecture.Write()), "here", "there"));
        var other = new SegmentationArchitecture(SmallSegmentationModel.Options with { GlobalBlocks = [2] });
        Assert.Equal(["global_blocks is [3] here and [2] there"], architecture.Differences(other, "here", "there"));
    }

    [Fact]
    public void A_published_file_with_a_memory_is_known_by_its_tensors_and_its_memory_is_left_out()
    {
        var options = SegmentationPresets.Find("SAM-2.1-tiny");
        var path = Path.Combine(folder, "sam.safetensors");
        using (NewDisposeScope())
        {
            var tensors = new SegmentationArchitecture(options).Tensors().Select(entry => (entry.Name, zeros(entry.Shape, bfloat16)))
                .Append(("memory_attention.norm.weight", zeros(256)))
                .Append(("maskmem_tpos_enc", zeros(7, 1, 1, 64)));
            SafetensorsWriter.Write(path, [.. tensors]);
        }

        var inspection = CheckpointInspection.Of(path);
        Assert.Empty(inspection.Problems);
        Assert.StartsWith("SAM-2.1-tiny", inspection.Model, StringComparison.Ordinal);
        using var weights = ModelWeights.Open(path);
        Assert.Equal(["maskmem_tpos_enc", "memory_attention.norm.weight"], weights.Tensors.Outside.Order());
    }

    [Fact]
    public void A_tensor_that_is_of_no_part_is_a_problem()
    {
        var path = Path.Combine(folder, "odd.safetensors");
        var architecture = new SegmentationArchitecture(SmallSegmentationModel.Options);
        using (NewDisposeScope())
        {
            var tensors = architecture.Tensors().Select(entry => (entry.Name, zeros(entry.Shape))).Append(("sam_extra.weight", zeros(1)));
            SafetensorsWriter.Write(path, [.. tensors], architecture.Metadata);
        }

        Assert.Contains("unexpected sam_extra.weight", Assert.Single(CheckpointInspection.Of(path).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Sides_that_fill_no_windows_are_refused()
    {
        var refused = Assert.Throws<UserErrorException>(() => new SegmentationArchitecture(SmallSegmentationModel.Options).At(72));
        Assert.Contains("72", refused.Message, StringComparison.Ordinal);
    }
}
