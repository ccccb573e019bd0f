using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Visualization;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Tools.Answers;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class TextHeatMapTests : IDisposable
{
    private readonly SmallModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void A_patch_has_the_feature_that_the_pool_gives_for_it_alone()
    {
        using var tower = FrozenTower.Open(model.Weights, new ComputeOptions { Device = DeviceKind.Cpu });
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pixels = new byte[8 * 8 * 3];
        new Random(3).NextBytes(pixels);
        var image = new DecodedImage(8, 8, 3, pixels, Indexed: false);
        var (patches, whole) = TextHeatMap.Features(tower, image);
        Assert.Equal([4, 12], patches.shape);                   // 8 pixels in patches of 4
        Assert.Equal([1, 12], whole.shape);

        var input = Pixels.Normalize(ImageStack.Of([new ImageTransform(8, 8).Apply(image)], 8, 8));
        var tokens = tower.Vision.ForwardFeatures(input, norm: true);
        var first = tower.Vision.Options.UseClassToken ? 1 : 0;
        for (var patch = 0; patch < 4; patch++)
        {
            var alone = nn.functional.normalize(tower.Vision.Pool(tokens.narrow(1, first + patch, 1)), p: 2, dim: -1)[0];
            Assert.True(alone.allclose(patches[patch], atol: 1e-5));
        }

        Assert.True(patches.norm(1, keepdim: false, p: 2).allclose(ones(4), atol: 1e-5));
    }

    [Fact]
    public void A_tower_without_texts_is_refused_in_one_line()
    {
        using var tower = FrozenTower.Open(model.Weights, new ComputeOptions { Device = DeviceKind.Cpu });
        var map = new TextHeatMap { Images = [model.At("images/00.png")], Texts = ["a dog"] };
        var refusal = Assert.Throws<UserErrorException>(() => map.Write(tower, model.At("h.png"), default));
        Assert.Single(refusal.Lines);
        Assert.False(File.Exists(model.At("h.png")));
    }
}
