using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tests.Losses;

public class TiledDistillationLossTests
{
    private const double TeacherScale = 200;

    public TiledDistillationLossTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(100)]
    public void Loss_and_gradients_are_those_of_autograd_whatever_the_tile(int tile)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (image, text) = (Unit(12, 5).requires_grad_(), Unit(12, 5).requires_grad_());
        var (teacherImage, teacherText) = (Unit(12, 7), Unit(12, 7));
        var scale = tensor(23f).requires_grad_();
        var expected = Dense(image, text, scale, teacherImage, teacherText);
        expected.backward();

        var tiled = TiledDistillationLoss.Of(image, text, scale, teacherImage, teacherText, TeacherScale, tile);
        Assert.False(tiled.Loss.requires_grad);
        Assert.Equal(expected.item<float>(), tiled.Loss.item<float>(), 1e-4f);
        Assert.True(tiled.Image.allclose(image.grad!, 1e-4, 1e-5));
        Assert.True(tiled.Text.allclose(text.grad!, 1e-4, 1e-5));
        Assert.Equal(scale.grad!.item<float>(), tiled.LogitScale.item<float>(), 1e-5f);
    }

    [Fact]
    public void A_student_that_is_its_teacher_has_nothing_to_learn()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var (image, text) = (Unit(9, 6), Unit(9, 6));
        var loss = TiledDistillationLoss.Of(image, text, tensor((float)TeacherScale), image, text, TeacherScale, tile: 4);
        Assert.Equal(0, loss.Loss.item<float>(), 1e-5f);
        Assert.True(loss.Image.abs().max().item<float>() < 1e-4);
        Assert.True(TiledDistillationLoss.Of(image, text, tensor(100f), image, text, TeacherScale).Loss.item<float>() > 1e-3);
    }

    [Fact]
    public void Only_the_result_outlives_the_call()
    {
        using var scope = NewDisposeScope();
        var (image, text, scale) = (Unit(8, 3), Unit(8, 3), tensor(10f));
        var before = LiveTensors.Count();
        TiledDistillationLoss.Of(image, text, scale, image, text, TeacherScale, tile: 3);
        Assert.Equal(before + 4, Tensor.TotalCount);
    }

    /// <summary>Torch's own KL of whole matrices, both directions.</summary>
    private static Tensor Dense(Tensor image, Tensor text, Tensor scale, Tensor teacherImage, Tensor teacherText)
    {
        var student = scale * matmul(image, text.t());
        var teacher = TeacherScale * matmul(teacherImage, teacherText.t());
        Tensor Divergence(long dim)
            => (teacher.softmax(dim) * (teacher.log_softmax(dim) - student.log_softmax(dim))).sum() / image.shape[0];
        return (Divergence(1) + Divergence(0)) / 2;
    }

    private static Tensor Unit(long rows, long width) => functional.normalize(randn(rows, width), dim: -1);
}
