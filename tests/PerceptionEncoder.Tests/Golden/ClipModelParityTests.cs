using PerceptionEncoder.Models.Clip;
using Xunit.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>The two-tower model against facebookresearch/perception_models, core/vision_encoder/pe.py (class CLIP).</summary>
public class ClipModelParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => GoldenFolder.Cases("pe_clip_*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Every_output_and_gradient_is_the_published_one(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var model = RecordedModel.Load(new ClipModel(RecordedModel.Clip(GoldenFolder.Config(file))), file);
        var checks = new GoldenChecks(file, output);
        using (no_grad())
        using (NewDisposeScope())
        {
            Images(checks, model, Image);
            TextsAndVideos(checks, model);
            checks.FeaturesNear(model.Visual, Image);
        }

        using (NewDisposeScope())
        {
            LossAndGradients(checks, model);
        }

        using (no_grad())
        using (NewDisposeScope())
        {
            model.Visual.Truncate(-2);
            checks.Near("out/truncated_-2_features_native", model.Visual.ForwardFeatures(Image("native").narrow(0, 0, 2)));
        }

        checks.Dispose();

        Tensor Image(string size) => file.Read($"in/image_{size}");

        void TextsAndVideos(GoldenChecks checks, ClipModel model)
        {
            checks.Near("out/encode_text", model.EncodeText(file.Read("in/text")));
            checks.Near("out/encode_text_norm", model.EncodeText(file.Read("in/text"), normalize: true));
            checks.Near("out/encode_text_short", model.EncodeText(file.Read("in/text_short")));
            checks.Near("out/encode_video", model.EncodeVideo(file.Read("in/video")));
            checks.Near("out/encode_video_norm", model.EncodeVideo(file.Read("in/video"), normalize: true));
        }

        void Images(GoldenChecks checks, ClipModel model, Func<string, Tensor> images)
        {
            foreach (var (size, _) in RecordedModel.Under(file, "in/image_"))
            {
                var image = images(size);
                var (height, width) = (image.shape[2] / model.Options.Vision.PatchSize, image.shape[3] / model.Options.Vision.PatchSize);
                checks.Near($"out/abs_posemb/{size}", model.Visual.PositionsAt(height, width)!);
                checks.Near($"out/encode_image/{size}", model.EncodeImage(image));
                checks.Near($"out/encode_image_norm/{size}", model.EncodeImage(image, normalize: true));
                checks.Near($"out/visual_layer-2/{size}", model.Visual.Encode(image.narrow(0, 0, 2), layerIndex: -2));
                checks.Near($"out/visual_strip/{size}", model.Visual.Encode(image.narrow(0, 0, 2), stripClassToken: true));
            }
        }

        void LossAndGradients(GoldenChecks checks, ClipModel model)
        {
            var (image, text, scale) = model.Forward(Image("native"), file.Read("in/text"));
            var logits = scale * image.matmul(text.t());
            var targets = arange(logits.shape[0]);
            var loss = (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.t(), targets)) / 2;
            loss.backward();

            checks.Near("out/forward_image_features", image);
            checks.Near("out/forward_text_features", text);
            checks.Near("out/forward_scale", scale);
            checks.Near("out/logits_per_image", logits);
            checks.Near("out/clip_loss", loss);
            checks.GradientsNear(model);
        }
    }
}
