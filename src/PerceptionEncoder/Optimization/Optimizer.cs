using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// Adam's moments, and the step that LAMB and AdamW share but for their <see cref="AdamRule"/>. Moments lie on the parameter's device.
/// A parameter without a gradient stays as it is. On an accelerator no number of a step travels to the host.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private const string FirstMoment = "exp_avg/";
    private const string SecondMoment = "exp_avg_sq/";

    private readonly MomentSlot[] slots;
    private readonly VectorUpdate vectors;
    private Tensor? gradientNorm;

    private protected Optimizer(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options)
    {
        Options = options;
        using var noGradient = no_grad();
        slots = groups.SelectMany(group => group.Parameters.Select(entry => new MomentSlot(
            entry.Name,
            entry.Parameter,
            group.WeightDecay,
            group.RateShare,
            zeros_like(entry.Parameter).DetachFromDisposeScope(),
            zeros_like(entry.Parameter).DetachFromDisposeScope()))).ToArray();
        vectors = new VectorUpdate(slots);
    }

    /// <summary>Updates made so far, which the bias correction counts; set where moments are carried over.</summary>
    public long Steps { get; set; }

    /// <summary>Updates by operators on lists of tensors even where vector instructions could do it; a test compares the two.</summary>
    internal bool TensorOperationsOnly { get; init; }

    private protected OptimizerOptions Options { get; }

    /// <summary>Added to the root of the second moment where the options name nothing.</summary>
    private protected abstract double DefaultEps { get; }

    /// <summary>
    /// Lets go of every gradient: the next backward pass puts its own in place instead of adding to zeros, and until then the memory is the
    /// forward pass's.
    /// </summary>
    public void ZeroGradients()
    {
        foreach (var slot in slots)
        {
            slot.Parameter.grad = null;
        }
    }

    /// <summary>
    /// Replaces every gradient by its sum over all ranks; a parameter that has none on one rank has zeros there, as part of the sum.
    /// </summary>
    public void SumGradients(ICollective ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var having = tensor(Array.ConvertAll(slots, slot => slot.Parameter.grad is null ? 0 : 1));
        ranks.AllReduce(having);
        foreach (var (slot, count) in slots.Zip(having.data<int>().ToArray()).Where(entry => entry.Second > 0))
        {
            slot.Parameter.grad ??= zeros_like(slot.Parameter).DetachFromDisposeScope();
            ranks.AllReduce(slot.Parameter.grad);
        }
    }

    /// <summary>Clips the gradients in place where the options say so, then updates every parameter that has one.</summary>
    /// <param name="learningRate">Of this step.</param>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Steps++;
        var gradients = slots.Select(slot => slot.Parameter.grad).ToArray();
        MeasureGradients(gradients.OfType<Tensor>().ToArray());

        var adam = Adam(learningRate);
        var rules = slots.Select(slot => Refine(adam with { Rate = adam.Rate * slot.RateShare }, slot.WeightDecay)).ToArray();
        var others = new List<(MomentSlot, Tensor, AdamRule)>();
        for (var i = 0; i < slots.Length; i++)
        {
            if (gradients[i] is { } gradient
                && (TensorOperationsOnly || !VectorUpdate.CanHandle(slots[i].Parameter) || !VectorUpdate.CanHandle(gradient)))
            {
                others.Add((slots[i], gradient, rules[i]));
                gradients[i] = null;
            }
        }

        ForeachUpdate.Apply(others);
        vectors.Apply(gradients, rules);
    }

    /// <summary>Global norm of the last step's gradients, before clipping; 0 before the first step. Waits for the device.</summary>
    public double GradientNorm() => gradientNorm is { } norm ? norm.ToDouble() : 0;

    /// <summary>
    /// Everything a checkpoint must keep beside <see cref="Steps"/>, by name: <c>exp_avg/PARAMETER</c> and <c>exp_avg_sq/PARAMETER</c>.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> StateTensors()
        => slots.SelectMany(slot => new[] { (FirstMoment + slot.Name, slot.First), (SecondMoment + slot.Name, slot.Second) }).ToArray();

    /// <summary>Puts back what <see cref="StateTensors"/> gave; the next step is then the same to the last bit.</summary>
    /// <param name="steps">Updates made.</param>
    /// <param name="copyInto">Fills the tensor of a name, and throws where it has none of that name and shape.</param>
    public void LoadState(long steps, Action<string, Tensor> copyInto)
    {
        foreach (var (name, tensor) in StateTensors())
        {
            copyInto(name, tensor);
        }

        Steps = steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.First.Dispose();
            slot.Second.Dispose();
        }

        gradientNorm?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds decay and trust ratio to Adam's plain rule.</summary>
    private protected abstract AdamRule Refine(AdamRule adam, double weightDecay);

    private AdamRule Adam(double learningRate)
    {
        var (beta1, beta2) = (Options.Betas.Low, Options.Betas.High);
        return new AdamRule
        {
            Beta1 = beta1,
            Beta2 = beta2,
            FirstScale = Options.BiasCorrection ? 1 / (1 - Math.Pow(beta1, Steps)) : 1,
            RootScale = Options.BiasCorrection ? 1 / Math.Sqrt(1 - Math.Pow(beta2, Steps)) : 1,
            Eps = Options.Eps ?? DefaultEps,
            Rate = learningRate,
        };
    }

    private void MeasureGradients(Tensor[] gradients)
    {
        if (gradients.Length == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var norm = ForeachOperators.Norms(gradients).norm();
        if (Options.ClipGradNorm is { } limit)
        {
            ForeachOperators.Divide(gradients, (norm / Scalars.Of(limit)).clamp_(min: Scalars.One));
        }

        gradientNorm?.Dispose();
        gradientNorm = norm.DetachFromDisposeScope();
    }
}
