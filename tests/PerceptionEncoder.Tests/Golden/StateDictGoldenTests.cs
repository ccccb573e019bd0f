using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Names and shapes against the state dicts of facebookresearch/perception_models, core/vision_encoder/pe.py.</summary>
public class StateDictGoldenTests
{
    public static TheoryData<string> ClipFiles => GoldenFolder.Cases("pe_clip_*.safetensors");

    public static TheoryData<string> VisionFiles => GoldenFolder.Cases("pe_vision_*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(ClipFiles))]
    public void Both_towers_have_the_published_tensors(string name)
    {
        using var file = GoldenFolder.Open(name);
        Assert.Equal(Recorded(file, ""), Described(new ClipArchitecture(RecordedModel.Clip(GoldenFolder.Config(file)))));
    }

    [SkippableTheory]
    [MemberData(nameof(VisionFiles))]
    public void A_vision_tower_alone_has_the_published_tensors(string name)
    {
        using var file = GoldenFolder.Open(name);
        Assert.Equal(
            Recorded(file, "visual."),
            Described(new ClipArchitecture(RecordedModel.Vision(GoldenFolder.Config(file).GetProperty("vision")), null)));
    }

    private static string[] Recorded(SafetensorsFile file, string prefix)
        => [.. RecordedModel.Under(file, "weights/")
            .Select(entry => $"{prefix}{entry.Part} {file.Entries[entry.Name].ShapeText}")
            .Order(StringComparer.Ordinal)];

    private static string[] Described(ClipArchitecture architecture)
        => [.. architecture.Tensors().Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal)];
}
