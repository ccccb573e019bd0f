using PerceptionEncoder.Losses;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>The losses of dense distillation, computed in float64 from their definitions, with gradients by the student's tokens.</summary>
public class SpatialLossGoldenTests
{
    // Losses and cosines are of size 1, of which float32 keeps 1e-7.
    private const double Tolerance = 1e-6;

    public static TheoryData<string> Cases() => GoldenFolder.Cases("spatial*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Both_losses_and_their_gradients_equal_the_recorded_ones_whatever_the_tile(string file)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        var (student, teacher) = (golden.Read("in/student"), golden.Read("in/teacher_loc"));
        var places = golden.Read("in/mask_logits").transpose(1, 2);                          // [B, N, P]
        var tokens = student.shape[1];
        var core = SpatialCoreLoss.Of(student, golden.Read("in/teacher_core"));
        AssertNear(golden, "core", core);
        foreach (var tile in new[] { 1, 3, (int)tokens, 1000 })
        {
            var local = SpatialPairLoss.Of(student, teacher, sharpness: null, tile);
            AssertNear(golden, "loc", local.Of);
            AssertNear(golden, "loc_sam", SpatialPairLoss.Of(student, places, sharpness: null, tile).Of);
            AssertNear(golden, "total", new SpatialLoss(core.Loss + local.Of.Loss, core.Tokens + local.Of.Tokens));

            // A token is as much like itself as it can be, to both: such pairs add nothing but their number.
            var others = (double)tokens / (tokens - 1);
            AssertNear(golden, "loc_offdiag", new SpatialLoss(local.Of.Loss * others, local.Of.Tokens * others));
            Near(golden, "out/S_student", local.Student, mean: true);
            Near(golden, "out/S_teacher", local.Teacher, mean: true);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Cosines_within_an_image_equal_the_recorded_ones(string file)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        Tensor Cosines(Tensor tokens)
        {
            var all = new Tile(0, tokens.shape[1]);
            return SpatialPairLoss.Cosines(SpatialDirections.Of(tokens).Unit, all, all);
        }

        Near(golden, "out/S_student", Cosines(golden.Read("in/student")));
        Near(golden, "out/S_teacher", Cosines(golden.Read("in/teacher_loc")));
        Near(golden, "out/S_mask_logits", Cosines(golden.Read("in/mask_logits").transpose(1, 2)));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Hidden_tokens_follow_the_same_tokens_of_the_whole_image_as_recorded(string file)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        var (masked, whole) = (golden.Read("in/student_masked"), golden.Read("in/student_unmasked"));
        var hidden = golden.Read("in/mask").to(@bool);                                       // [B, N]
        var loss = SpatialCoreLoss.Of(masked[hidden].unsqueeze(0), whole[hidden].unsqueeze(0));
        var gradient = zeros_like(masked);
        gradient[hidden] = loss.Tokens[0];
        AssertNear(golden, "maskfeat", new SpatialLoss(loss.Loss, gradient));
        var (own, other) = (SpatialDirections.Of(masked).Unit, SpatialDirections.Of(whole).Unit);
        Near(golden, "out/maskfeat/cos", (own * other).sum(-1));
    }

    private static void AssertNear(SafetensorsFile golden, string name, SpatialLoss actual)
    {
        Near(golden, $"out/{name}/loss", actual.Loss);
        Near(golden, $"out/{name}/grad_student", actual.Tokens);
    }

    private static void Near(SafetensorsFile golden, string name, Tensor actual, bool mean = false)
    {
        var expected = golden.Read(name);
        var difference = GoldenFolder.MaxDifference(mean ? expected.to(float64).mean() : expected, actual);
        Assert.True(difference <= Tolerance, $"{name} differs by {difference:E2}");
    }
}
