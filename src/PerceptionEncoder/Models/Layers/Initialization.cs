using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Layers;

/// <summary>
/// New parameters with the published distributions, drawn from torch's generator, so that a seed fixes them. A parameter
/// outlives the dispose scope it is made in.
/// </summary>
internal static class Initialization
{
    public static Parameter Normal(double deviation, params long[] shape) => Own(randn(shape).mul_(deviation));

    public static Parameter Constant(double value, params long[] shape) => Own(full(shape, value, dtype: float32));

    /// <summary>Uniform with the variance 2 / (fan in + fan out); [rows, columns].</summary>
    public static Parameter XavierUniform(long rows, long columns)
        => Uniform(Math.Sqrt(6.0 / (rows + columns)), rows, columns);

    /// <summary>Uniform in (-bound, bound).</summary>
    public static Parameter Uniform(double bound, params long[] shape) => Own(rand(shape).mul_(2 * bound).sub_(bound));

    /// <summary>Draws an existing parameter anew.</summary>
    public static void Redraw(Tensor parameter, double deviation)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        parameter.normal_(0, deviation);
    }

    private static Parameter Own(Tensor values)
    {
        var parameter = new Parameter(values);
        parameter.DetachFromDisposeScope();
        return parameter;
    }
}
