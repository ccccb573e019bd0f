using System.Globalization;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// open_clip's contrastive loss, with gradients, from one process and from several. One process stands for all ranks here: the
/// differentiable gather's gradient is that of the sum of the ranks' losses.
/// </summary>
public class ContrastiveLossGoldenTests
{
    // Losses and gradients are of size 1 at a logit scale near 14; float32 keeps 1e-7 of it.
    private const double Tolerance = 1e-6;

    // Of a gradient's largest entry, as the fixtures' README has it, and a tenth of what it allows: another library sums in another order.
    private const double GradientTolerance = 1e-5;

    public static TheoryData<string> Cases() => GoldenFolder.Cases("clip_loss*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_loss_of_every_rank_and_variant_equals_the_recorded_one(string file)
    {
        using var golden = GoldenFolder.Open(file);
        var recorded = golden.Entries.Keys.Where(
            name => name.StartsWith("out/clip/", StringComparison.Ordinal) && name.EndsWith("/loss", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(recorded);
        foreach (var name in recorded)
        {
            var place = name.Split('/');
            AssertRank(
                golden,
                name[..^"loss".Length],
                place[3],
                int.Parse(place[2]["world".Length..]),
                int.Parse(place[4]["rank".Length..]));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_loss_of_the_whole_batch_equals_the_one_in_float64(string file)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        var (image, text, scale) = Leaves(golden, "in/image_features", "in/text_features");
        var loss = ContrastiveLoss.Symmetric(image, text, scale.exp());
        loss.backward();
        AssertAll(golden, "out64/clip/global/", loss, image.grad!, text.grad!, scale.grad!);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Gradients_reach_features_that_are_normalised_in_the_graph(string file)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        var (image, text, scale) = Leaves(golden, "in/raw_image", "in/raw_text");
        var loss = ContrastiveLoss.Symmetric(functional.normalize(image, dim: -1), functional.normalize(text, dim: -1), scale.exp());
        loss.backward();
        AssertAll(golden, "out/clip_raw/", loss, image.grad!, text.grad!, scale.grad!);
    }

    private static void AssertRank(SafetensorsFile golden, string prefix, string variant, int world, int rank)
    {
        using var scope = NewDisposeScope();
        var (image, text, scale) = Leaves(golden, "in/image_features", "in/text_features");
        var rows = image.shape[0] / world;
        Tensor Local(Tensor all) => all.narrow(0, rank * rows, rows);
        Tensor OthersDetached(Tensor all)
            => cat([.. Enumerable.Range(0, world).Select(r => r == rank ? Local(all) : all.detach().narrow(0, r * rows, rows))]);
        Tensor RankLoss(int r)
            => ContrastiveLoss.Symmetric(
                image.narrow(0, r * rows, rows),
                text.narrow(0, r * rows, rows),
                image,
                text,
                r * rows,
                scale.exp());

        // Loss of this rank, and the scalar whose gradient the gather's backward hands to this rank's features.
        var (loss, summed) = variant switch
        {
            "single" or "global"
                => (ContrastiveLoss.Symmetric(image, text, scale.exp()), ContrastiveLoss.Symmetric(image, text, scale.exp()) * world),
            "nograd" => (
                ContrastiveLoss.Symmetric(image, text, scale.exp()),
                ContrastiveLoss.Symmetric(OthersDetached(image), OthersDetached(text), scale.exp())),
            "local" => (RankLoss(rank), Enumerable.Range(0, world).Select(RankLoss).Aggregate((sum, next) => sum + next)),
            _ => throw new InvalidOperationException($"{prefix}: variant {variant} is unknown to this test"),
        };
        var scaleGradient = autograd.grad([loss], [scale], retain_graph: true)[0];
        var gradients = autograd.grad([summed], [image, text]);
        AssertAll(golden, prefix, loss, Local(gradients[0]), Local(gradients[1]), scaleGradient);
    }

    private static (Tensor Image, Tensor Text, Tensor LogScale) Leaves(SafetensorsFile golden, string image, string text)
        => (golden.Read(image).requires_grad_(), golden.Read(text).requires_grad_(), golden.Read("in/log_logit_scale").requires_grad_());

    private static void AssertAll(SafetensorsFile golden, string prefix, Tensor loss, Tensor image, Tensor text, Tensor logScale)
    {
        foreach (var (name, actual) in new[]
            {
                ("loss", loss),
                ("grad_image", image),
                ("grad_text", text),
                ("grad_log_logit_scale", logScale),
            })
        {
            var expected = golden.Read(prefix + name);
            var difference = GoldenFolder.MaxDifference(expected, actual);
            var allowed = name == "loss" ? Tolerance : Math.Max(Tolerance, GradientTolerance * expected.abs().max().item<float>());
            Assert.True(difference <= allowed, string.Create(CultureInfo.InvariantCulture, $"{prefix}{name} differs by {difference:E2}"));
        }
    }
}
