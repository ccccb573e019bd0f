using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B images · N tokens · D width
/// <summary>
/// L_core of spatial alignment [5.2]: each token of the student keeps the direction of the teacher's token in its place. The paper's
/// equation leaves out the sign: similarity is what grows.
/// </summary>
internal static class SpatialCoreLoss
{
    /// <summary>The loss and its gradient by the student; nothing is recorded for autograd.</summary>
    /// <param name="student">[B, N, D]; computed in float32 whatever the dtype, or in float64.</param>
    /// <param name="teacher">[B, N, D].</param>
    /// <returns>The mean over all tokens of 1 - cosine.</returns>
    public static SpatialLoss Of(Tensor student, Tensor teacher)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (own, wanted) = (SpatialDirections.Of(student), SpatialDirections.Of(teacher).Unit);
        var tokens = Scalars.Of(-1.0 / (student.shape[0] * student.shape[1]));
        return new SpatialLoss(
            (own.Unit * wanted).sum(-1).mean().neg_().add_(Scalars.One, Scalars.One).MoveToOuterDisposeScope(),
            own.Gradient(wanted).mul_(tokens).MoveToOuterDisposeScope());
    }
}
