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
    /// <summary>Where parameters without values are made; null where parameters get values, on the CPU.</summary>
    [ThreadStatic]
    private static Device? unfilled;

    private static bool Skipped => unfilled is not null;

    /// <summary>Until disposed, this thread makes parameters without values, for a model that is filled from a checkpoint next.</summary>
    /// <param name="device">Where they are.</param>
    public static IDisposable Skip(Device device) => new Skipping(device);

    public static Parameter Normal(double deviation, params long[] shape)
        => Own(() => Skipped ? Empty(shape) : randn(shape).mul_(Scalars.Of(deviation)));

    public static Parameter Constant(double value, params long[] shape)
        => Own(() => Skipped ? Empty(shape) : full(shape, Scalars.Of(value), float32));

    /// <summary>Uniform with the variance 2 / (fan in + fan out); [rows, columns].</summary>
    public static Parameter XavierUniform(long rows, long columns)
        => Uniform(Math.Sqrt(6.0 / (rows + columns)), rows, columns);

    /// <summary>Uniform in (-bound, bound).</summary>
    public static Parameter Uniform(double bound, params long[] shape)
        => Own(() => Skipped ? Empty(shape) : rand(shape).mul_(Scalars.Of(2 * bound)).sub_(Scalars.Of(bound)));

    /// <summary>Drawn by a function of torch's.</summary>
    public static Parameter Drawn(Action<Tensor> draw, params long[] shape)
        => Own(() =>
        {
            var values = Empty(shape);
            if (!Skipped)
            {
                draw(values);
            }

            return values;
        });

    /// <summary>Gain 1 and bias 0, as torch's own.</summary>
    public static LayerNorm LayerNorm(long width)
    {
        var norm = nn.LayerNorm(width, elementwise_affine: false);
        norm.weight = Constant(1, width);
        norm.bias = Constant(0, width);
        return norm;
    }

    /// <summary>A table of vectors with a normal distribution.</summary>
    public static Embedding Embedding(double deviation, long rows, long width)
    {
        if (!Skipped)
        {
            var drawn = nn.Embedding(rows, width);
            using var values = drawn.weight!;
            Redraw(values, deviation);
            return drawn;
        }

        var table = EmptyTable(unfilled!);
        table.parameters().First().Dispose();
        table.weight = Own(() => Empty(rows, width));
        return table;
    }

    /// <summary>Sets an existing parameter to zero.</summary>
    public static void Clear(Tensor parameter)
    {
        if (!Skipped)
        {
            nn.init.zeros_(parameter);
        }
    }

    /// <summary>Draws an existing parameter anew.</summary>
    public static void Redraw(Tensor parameter, double deviation)
    {
        if (Skipped)
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        parameter.normal_(0, deviation);
    }

    private static Tensor Empty(params long[] shape) => empty(shape, float32, unfilled);

    /// <summary>
    /// A parameter of a tensor's memory. It is the weight of a table, because that is counted once in <c>Tensor.TotalCount</c>: one that
    /// TorchSharp makes of a tensor is counted twice and taken off once, so that the count would rise with every model.
    /// </summary>
    /// <remarks>Read in TorchSharp 0.107.</remarks>
    private static Parameter Own(Func<Tensor> create)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var values = create();
        using var table = EmptyTable(values.device);
        var parameter = table.weight!;
        parameter.set_(values);
        parameter.DetachFromDisposeScope();
        return parameter;
    }

    /// <summary>Without rows, because torch's draws them at random first, whatever it is made of.</summary>
    private static Embedding EmptyTable(Device device)
    {
        using var scope = NewDisposeScope();
        var table = nn.Embedding_from_pretrained(empty([0, 1], float32, device), freeze: false);
        table.parameters().First().DetachFromDisposeScope();
        return table;
    }

    private sealed class Skipping : IDisposable
    {
        private readonly Device? before = unfilled;

        public Skipping(Device device) => unfilled = device;

        public void Dispose() => unfilled = before;
    }
}
