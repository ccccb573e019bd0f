using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Tells whether float32 matrices are multiplied as float32. A library may round one form of a product and not another, so each form that
/// models use is compared with float64, at inner sizes of real models.
/// </summary>
internal static class MatmulAccuracy
{
    /// <summary>
    /// Far above what float32 rounding leaves (1e-6 at most), far below inputs of 10 bits as in TF32 (3e-4) or 7 as in bfloat16 (2e-3).
    /// </summary>
    public const double Limit = 1e-5;

    private const long Images = 2;
    private const long Tokens = 24;
    private const long Outputs = 96;

    private static readonly long[] InnerSizes = [768, 3072];

    /// <summary>The largest error of any form, relative to the size of the true product.</summary>
    /// <param name="products">What multiplies.</param>
    public static double Error(MatmulProducts products)
    {
        ArgumentNullException.ThrowIfNull(products);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return InnerSizes.Max(inner => Forms(products, inner).Max(form => Difference(form.Actual, form.Exact)));
    }

    /// <summary>
    /// Numbers in (-1, 1) without order, the same on every machine, and none from torch's generator, whose state is the run's. All bits of
    /// most are in use.
    /// </summary>
    public static Tensor Values(double seed, params long[] shape)
        => arange(Scalars.One, Scalars.Of(shape.Aggregate(1L, (count, side) => count * side) + 1), Scalars.One, ScalarType.Float64)
            .mul_(Scalars.Of(12.9898 + seed))
            .sin_()
            .mul_(Scalars.Of(43758.5453))
            .frac()
            .to(ScalarType.Float32)
            .view(shape);

    private static IEnumerable<(Tensor Actual, Tensor Exact)> Forms(MatmulProducts products, long inner)
    {
        var (tokens, weight, bias) = (Values(0.7, Images, Tokens, inner), Values(1.3, Outputs, inner), Values(1.7, Outputs));
        var rows = tokens.flatten(0, 1);
        foreach (var input in new[] { rows[..1], rows, tokens })                        // one feature · flattened tokens · tokens
        {
            var exact = Exact(input, weight.t());
            yield return (products.Linear(input, weight, null), exact);
            yield return (products.Linear(input, weight, bias), exact.add(bias.to(ScalarType.Float64), Scalars.One));
        }

        // the gradient of an input
        yield return (products.Product(rows, weight.t().contiguous()), Exact(rows, weight.t()));

        var others = Values(1.1, Images, Outputs, inner);
        yield return (products.Product(tokens, others.transpose(1, 2)), Exact(tokens, others.transpose(1, 2)));     // scores of attention
        // its weighted sum
        yield return (products.Product(tokens, others.transpose(1, 2).contiguous()), Exact(tokens, others.transpose(1, 2)));

        // the inner size is that of a batch's tokens
        var (gradient, inputs) = (Values(0.9, inner, Outputs), Values(0.6, inner, Tokens));
        // the gradient of a weight
        yield return (products.Product(gradient.t(), inputs), Exact(gradient.t(), inputs));
    }

    private static Tensor Exact(Tensor left, Tensor right) => matmul(left.to(ScalarType.Float64), right.to(ScalarType.Float64));

    private static double Difference(Tensor actual, Tensor exact)
        => ((actual.to(ScalarType.Float64) - exact).norm() / exact.norm()).item<double>();
}
