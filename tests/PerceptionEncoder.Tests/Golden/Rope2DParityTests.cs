using PerceptionEncoder.Models.Common;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Rotary positions against facebookresearch/perception_models, core/vision_encoder/rope.py.</summary>
public class Rope2DParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => GoldenFolder.Cases("rope2d*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Frequencies_angles_and_rotated_heads_are_the_published_ones(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        var (largest, compared) = (0.0, 0);
        foreach (var shape in GoldenFolder.Config(file).GetProperty("cases").EnumerateArray())
        {
            var at = $"case{shape.GetProperty("case").GetInt32()}";
            var (height, width) = (shape.GetProperty("grid_h").GetInt64(), shape.GetProperty("grid_w").GetInt64());
            var rope = new Rope2D(
                shape.GetProperty("head_dim").GetInt32(),
                shape.GetProperty("use_cls_token").GetBoolean(),
                shape.GetProperty("theta").GetDouble());
            var rotations = rope.Rotations(height, width, CPU);
            Near($"{at}/out/freqs1d", rope.Frequencies());
            Near($"{at}/out/freq", rope.Angles(height, width).repeat_interleave(2, -1).unsqueeze(0));
            Near($"{at}/out/q", Rope2D.Rotate(file.Read($"{at}/in/q"), rotations));
            Near($"{at}/out/k", Rope2D.Rotate(file.Read($"{at}/in/k"), rotations));
        }

        output.WriteLine($"{name}: {compared} tensors, largest difference {largest:g3}");
        Assert.Equal(file.Entries.Keys.Count(key => key.Contains("/out/")), compared);

        void Near(string key, Tensor actual)
        {
            // Outputs reach 10; one float32 rounding of the angle and of the product each.
            var difference = GoldenFolder.MaxDifference(file.Read(key), actual);
            Assert.True(difference <= 1e-5, $"{key} differs by {difference:g3}");
            (largest, compared) = (Math.Max(largest, difference), compared + 1);
        }
    }
}
