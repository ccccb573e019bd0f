using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

// n rows · D features · K components
/// <summary>
/// The directions along which rows differ most. A direction's sign is free; here its entry of the largest size is positive, so that the
/// same rows give the same picture.
/// </summary>
/// <param name="Mean">float64 [D].</param>
/// <param name="Directions">float64 [D, K], of length 1, the largest variance first.</param>
/// <param name="Shares">Of the whole variance, K of them.</param>
internal sealed record PrincipalComponents(Tensor Mean, Tensor Directions, IReadOnlyList<double> Shares)
{
    /// <param name="rows">[n, D], any floating type and device.</param>
    /// <param name="count">K, at most D.</param>
    public static PrincipalComponents Of(Tensor rows, int count)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = rows.cpu().to(float64);
        var mean = values.mean([0]);
        var centred = values - mean;
        var (variances, vectors) = linalg.eigh(matmul(centred.t(), centred) / Math.Max(1, values.shape[0]));  // ascending
        var directions = vectors.narrow(1, vectors.shape[1] - count, count).flip(1);
        var largest = directions.gather(0, directions.abs().argmax(0, keepdim: true));                       // [1, K]
        directions = directions * where(largest < 0, -ones_like(largest), ones_like(largest));
        var shares = (variances.flip(0).narrow(0, 0, count) / variances.sum().clamp_min(1e-300)).data<double>().ToArray();
        return new PrincipalComponents(mean.MoveToOuterDisposeScope(), directions.MoveToOuterDisposeScope(), shares);
    }

    /// <summary>Coordinates of rows, float64 [n, K].</summary>
    public Tensor Project(Tensor rows)
    {
        using var scope = NewDisposeScope();
        return matmul(rows.cpu().to(float64) - Mean, Directions).MoveToOuterDisposeScope();
    }
}
