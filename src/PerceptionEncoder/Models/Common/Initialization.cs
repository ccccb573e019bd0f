using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Common;

/// <summary>
/// New parameters with the published distributions, drawn from torch's generator, so that a seed fixes them. A parameter
/// outlives the dispose scope it is made in.
/// </summary>
internal static class Initialization
{
    [ThreadStatic]
    private static bool skipped;

    /// <summary>Until disposed, this thread makes parameters without values, for a model that is filled from a checkpoint next.</summary>
    public static IDisposable Skip() => new Skipping();

    public static Parameter Normal(double deviation, params long[] shape)
        => Own(() => skipped ? empty(shape) : randn(shape).mul_(Scalars.Of(deviation)));

    public static Parameter Constant(double value, params long[] shape)
        => Own(() => skipped ? empty(shape) : full(shape, Scalars.Of(value), float32));

    /// <summary>Uniform with the variance 2 / (fan in + fan out); [rows, columns].</summary>
    public static Parameter XavierUniform(long rows, long columns)
        => Uniform(Math.Sqrt(6.0 / (rows + columns)), rows, columns);

    /// <summary>Uniform in (-bound, bound).</summary>
    public static Parameter Uniform(double bound, params long[] shape)
        => Own(() => skipped ? empty(shape) : rand(shape).mul_(Scalars.Of(2 * bound)).sub_(Scalars.Of(bound)));

    /// <summary>A linear layer with torch's own initialisation.</summary>
    public static Linear Linear(long inputs, long outputs)
    {
        if (!skipped)
        {
            return nn.Linear(inputs, outputs);
        }

        var layer = nn.Linear(inputs, outputs, device: META);
        using var weight = layer.weight;
        using var bias = layer.bias;
        layer.weight = Own(() => empty(outputs, inputs));
        layer.bias = Own(() => empty(outputs));
        return layer;
    }

    /// <summary>A table of vectors with a normal distribution.</summary>
    public static Embedding Embedding(double deviation, long rows, long width)
    {
        if (!skipped)
        {
            var drawn = nn.Embedding(rows, width);
            Redraw(drawn.weight!, deviation);
            return drawn;
        }

        // Made for one row: torch draws a table of the full size even where it is to have no values.
        var table = nn.Embedding(1, width);
        using var values = table.weight;
        table.weight = Own(() => empty(rows, width));
        return table;
    }

    /// <summary>Sets an existing parameter to zero.</summary>
    public static void Clear(Tensor parameter)
    {
        if (!skipped)
        {
            nn.init.zeros_(parameter);
        }
    }

    /// <summary>Draws an existing parameter anew.</summary>
    public static void Redraw(Tensor parameter, double deviation)
    {
        if (skipped)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        parameter.normal_(0, deviation);
    }

    private static Parameter Own(Func<Tensor> create)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(create());
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    private sealed class Skipping : IDisposable
    {
        private readonly bool before = skipped;

        public Skipping() => skipped = true;

        public void Dispose() => skipped = before;
    }
}
