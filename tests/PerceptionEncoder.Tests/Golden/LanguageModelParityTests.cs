using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>The whole vision-language model against facebookresearch/perception_models, apps/plm/transformer.py.</summary>
public class LanguageModelParityTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => GoldenFolder.Cases("plm_*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Every_output_and_gradient_is_the_published_one(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var model = RecordedLanguageModel.Load(file);
        var checks = new GoldenChecks(file, output);
        using var scope = NewDisposeScope();
        var tokens = file.Read("in/tokens");
        var features = model.VisionModel!.ForwardFeatures(file.Read("in/images"), norm: true, stripClassToken: true);
        checks.Near("out/vision_features", features);
        var projected = model.EncodeImages(file.Read("in/images"));
        checks.Near("out/projected", projected);
        RotationsNear(checks, model.Options.Decoder, tokens.shape[1]);

        var index = VisualIndex(file, projected.shape[1]);
        var logits = Logits(model, tokens, projected.flatten(0, 1), index);
        checks.Near("out/logits", logits);
        var loss = Loss(file, logits);
        checks.Near("out/loss", loss);
        loss.backward();
        checks.GradientsNear(model);

        var text = Logits(model, tokens, null, null);
        checks.Near("out/logits_text_only", text);
        checks.Near("out/loss_text_only", Loss(file, text));
        var length = file.Read("in/short_len").item<long>();
        checks.Near(
            "out/logits_short",
            Logits(model, tokens.narrow(1, 0, length), projected.flatten(0, 1), index.narrow(1, 0, length)));

        GreedyIdsAre(file, checks, model, projected[0]);
        checks.Dispose();
    }

    private static Tensor Logits(LanguageModel model, Tensor tokens, Tensor? visual, Tensor? index)
        => model.Logits(model.Hidden(model.Embed(tokens, visual, index)));

    private static void GreedyIdsAre(SafetensorsFile file, GoldenChecks checks, LanguageModel model, Tensor visual)
    {
        using var noGradient = no_grad();
        var prompt = file.Read("in/greedy_prompt");
        var expected = file.Read("out/greedy_ids");
        var index = full_like(prompt, -1);
        index.narrow(1, 3, visual.shape[0]).copy_(arange(visual.shape[0]).unsqueeze(0));
        using var cache = new KeyValueCache(model.Options.Decoder, 1, (int)(prompt.shape[1] + expected.shape[0]), float32, CPU);
        var next = model.Logits(model.Hidden(model.Embed(prompt, visual, index), cache: cache))[0, -1].argmax();
        List<long> found = [];
        while (found.Count < expected.shape[0])
        {
            found.Add(next.item<long>());
            next = model.Logits(model.Hidden(model.Embed(next.view(1, 1)), cache: cache))[0, -1].argmax();
        }

        checks.Near("out/greedy_ids", tensor(found.ToArray()));
    }

    private static void RotationsNear(GoldenChecks checks, DecoderOptions options, long length)
    {
        var turned = Rotary.Rotations(arange(length, int64).unsqueeze(0), options)[0];
        checks.Near(
            "out/rope_freqs_cis",
            stack([stack([turned.real, turned.imag.neg()], -1), stack([turned.imag, turned.real], -1)], -2));
    }

    /// <summary>Mean over the answers' tokens of all samples.</summary>
    private static Tensor Loss(SafetensorsFile file, Tensor logits)
    {
        var mask = file.Read("in/loss_mask").to(float32).flatten();
        var each = nn.functional.cross_entropy(logits.flatten(0, 1), file.Read("in/target").flatten(), reduction: nn.Reduction.None);
        return (each * mask).sum() / mask.sum();
    }

    /// <summary>From indices within each sample's own pictures to rows of all pictures.</summary>
    private static Tensor VisualIndex(SafetensorsFile file, long tokensOfPicture)
    {
        var index = file.Read("in/image_pos_index");
        var chunks = file.Read("in/num_chunks");
        var first = (chunks.cumsum(0) - chunks) * tokensOfPicture;
        return where(index >= 0, index + first.unsqueeze(-1), index);
    }
}
