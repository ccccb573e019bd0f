using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Losses;

public class SpatialLossTests
{
    public SpatialLossTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 5)]
    [InlineData(20.0, 1)]
    [InlineData(20.0, 4)]
    [InlineData(20.0, 11)]
    [InlineData(20.0, 12)]
    [InlineData(20.0, 100)]
    public void Pairs_have_the_loss_and_gradient_of_autograd_on_whole_matrices_whatever_the_tile(double? sharpness, int tile)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var student = randn(3, 12, 5, float64).requires_grad_();
        var teacher = AlikePlaces(3, 12, 7);
        var (expected, mine, wanted) = Dense(student, teacher, sharpness);
        expected.backward();

        var tiled = SpatialPairLoss.Of(student, teacher, sharpness, tile);
        Assert.False(tiled.Of.Loss.requires_grad);
        Assert.Equal(expected.item<double>(), tiled.Of.Loss.item<double>(), 1e-12);
        Assert.Equal(mine.mean().item<double>(), tiled.Student.item<double>(), 1e-12);
        Assert.Equal(wanted.mean().item<double>(), tiled.Teacher.item<double>(), 1e-12);
        Assert.True((student.grad! - tiled.Of.Tokens).abs().max().item<double>() < 1e-12);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(20.0)]
    public void The_gradient_of_pairs_is_that_of_finite_differences(double? sharpness)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (student, teacher) = (randn(2, 7, 4, float64), AlikePlaces(2, 7, 6));
        AssertDerivative(student, tokens => SpatialPairLoss.Of(tokens, teacher, sharpness, tile: 3).Of);
    }

    [Fact]
    public void The_gradient_of_tokens_is_that_of_finite_differences_and_of_autograd()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var (student, teacher) = (randn(2, 7, 4, float64), randn(2, 7, 4, float64));
        AssertDerivative(student, tokens => SpatialCoreLoss.Of(tokens, teacher));

        var leaf = student.clone().requires_grad_();
        var expected = (1 - functional.cosine_similarity(leaf, teacher, dim: -1)).mean();
        expected.backward();
        var loss = SpatialCoreLoss.Of(student, teacher);
        Assert.Equal(expected.item<double>(), loss.Loss.item<double>(), 1e-12);
        Assert.True((leaf.grad! - loss.Tokens).abs().max().item<double>() < 1e-12);
    }

    [Fact]
    public void Narrow_tokens_are_compared_in_float32()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var (student, teacher) = (randn(2, 9, 8, bfloat16), randn(2, 9, 8, bfloat16));
        var (narrow, wide) = (SpatialPairLoss.Of(student, teacher, 20), SpatialPairLoss.Of(student.to(float64), teacher.to(float64), 20));
        Assert.Equal(ScalarType.Float32, narrow.Of.Tokens.dtype);
        Assert.Equal(wide.Of.Loss.item<double>(), narrow.Of.Loss.item<float>(), 1e-6);
        Assert.True((wide.Of.Tokens - narrow.Of.Tokens).abs().max().item<double>() < 1e-6);
    }

    [Fact]
    public void A_student_that_is_its_teacher_has_nothing_to_learn()
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        var tokens = randn(2, 9, 6, float64);
        foreach (var loss in new[] { SpatialCoreLoss.Of(tokens, tokens), SpatialPairLoss.Of(tokens, tokens * 3, null, 4).Of })
        {
            Assert.Equal(0, loss.Loss.item<double>(), 1e-12);
            Assert.True(loss.Tokens.abs().max().item<double>() < 1e-12);
        }
    }

    [Fact]
    public void A_token_of_length_0_has_no_direction_and_gets_no_gradient()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        var (student, teacher) = (randn(1, 4, 3), randn(1, 4, 3));
        student[0, 2] = zeros(3);
        foreach (var loss in new[] { SpatialCoreLoss.Of(student, teacher), SpatialPairLoss.Of(student, teacher, 20, 3).Of })
        {
            Assert.True(loss.Loss.isfinite().item<bool>());
            Assert.True(loss.Tokens.isfinite().all().item<bool>());
            Assert.Equal(0, loss.Tokens[0, 2].abs().max().item<float>());
            Assert.NotEqual(0, loss.Tokens[0, 1].abs().max().item<float>());
        }
    }

    [Fact]
    public void Only_the_result_outlives_the_call()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (randn(2, 8, 3), randn(2, 8, 3));
        var before = LiveTensors.Count();
        SpatialCoreLoss.Of(student, teacher);
        Assert.Equal(before + 2, Tensor.TotalCount);
        SpatialPairLoss.Of(student, teacher, 20, tile: 3);
        Assert.Equal(before + 6, Tensor.TotalCount);
    }

    /// <summary>One matrix of 16,384 tokens holds 1 GB; tiles and what grows with the tokens hold a few MB.</summary>
    [Fact]
    public void Memory_does_not_grow_with_the_square_of_the_tokens()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (randn(1, 16_384, 8), randn(1, 16_384, 8));
        SpatialPairLoss.Of(student, teacher, 20);
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        SpatialPairLoss.Of(student, teacher, 20);
        Assert.InRange(ProcessUsage.Read().PeakResidentBytes - before, long.MinValue, 100_000_000);
    }

    /// <summary>[B, N, E] of which some are much alike, so that something is wanted above 0.</summary>
    private static Tensor AlikePlaces(long images, long places, long width)
        => randn(images, 1, width, float64) + (0.3 * randn(images, places, width, float64));

    /// <summary>The definition on whole matrices: the loss, the student's cosines, what is wanted.</summary>
    private static (Tensor Loss, Tensor Student, Tensor Wanted) Dense(Tensor student, Tensor teacher, double? sharpness)
    {
        static Tensor Cosines(Tensor tokens)
        {
            var unit = tokens / tokens.norm(-1, true);
            return matmul(unit, unit.transpose(1, 2));
        }

        var (own, wanted) = (Cosines(student), Cosines(teacher));
        wanted = sharpness is { } sharp ? ((wanted - 1) * sharp).exp() : wanted;
        return ((own - wanted).pow(2).mean(), own.detach(), wanted);
    }

    private static void AssertDerivative(Tensor tokens, Func<Tensor, SpatialLoss> loss)
    {
        const double Step = 1e-5;
        var gradient = loss(tokens).Tokens;
        var flat = tokens.view(-1);
        for (long i = 0; i < flat.shape[0]; i++)
        {
            double At(double offset)
            {
                using var scope = NewDisposeScope();
                var moved = flat.clone();
                moved[i] = moved[i] + offset;
                return loss(moved.view(tokens.shape)).Loss.item<double>();
            }

            Assert.Equal((At(Step) - At(-Step)) / (2 * Step), gradient.reshape(-1)[i].item<double>(), 1e-8);
        }
    }
}
