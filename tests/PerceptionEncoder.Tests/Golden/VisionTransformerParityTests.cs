using PerceptionEncoder.Models.Clip;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// The vision tower alone against facebookresearch/perception_models, core/vision_encoder/pe.py (class VisionTransformer).
/// </summary>
public class VisionTransformerParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => GoldenFolder.Cases("pe_vision_*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Every_output_and_gradient_is_the_published_one(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var model = RecordedModel.Load(
            new VisionTransformer(RecordedModel.Vision(GoldenFolder.Config(file).GetProperty("vision"))),
            file);
        var checks = new GoldenChecks(file, output);
        using (no_grad())
        using (NewDisposeScope())
        {
            foreach (var (size, _) in RecordedModel.Under(file, "in/image_"))
            {
                checks.Near($"out/forward/{size}", model.forward(Image(size)));
                checks.Near($"out/forward_strip/{size}", model.Encode(Image(size), stripClassToken: true));
            }

            checks.FeaturesNear(model, Image);
        }

        using (NewDisposeScope())
        {
            var image = Image("native").requires_grad_();
            var loss = (model.forward(image) * file.Read("in/probe")).mean();
            loss.backward();
            checks.Near("out/probe_loss", loss);
            checks.GradientNear("grad_in/image_native", image.grad);
            checks.GradientsNear(model);
        }

        checks.Dispose();

        Tensor Image(string size) => file.Read($"in/image_{size}");
    }
}
