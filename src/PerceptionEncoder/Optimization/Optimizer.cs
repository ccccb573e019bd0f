using PerceptionEncoder.Tensors;
using TorchSharp;
using TorchSharp.Modules;
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

    private readonly (string Name, Parameter Parameter)[] parameters;
    private readonly OptimizerShard? shard;
    private readonly MomentSlot[] slots;
    private readonly VectorUpdate vectors;
    private Tensor? gradientNorm;

    private protected Optimizer(IReadOnlyList<ParameterGroup> groups, OptimizerOptions options, OptimizerShard? shard)
    {
        Options = options;
        this.shard = shard;
        using var noGradient = no_grad();
        parameters = [.. groups.SelectMany(group => group.Parameters)];
        bool IsOwn((string Name, Parameter) entry) => shard is null || shard.IsOwn(entry.Name);
        slots = groups.SelectMany(group => group.Parameters.Where(IsOwn).Select(entry => new MomentSlot(
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

    /// <summary>All that is trained, this rank's part or not, by name.</summary>
    internal IReadOnlyList<(string Name, Parameter Parameter)> Parameters => parameters;

    /// <summary>Which rank updates what; null where this process updates all.</summary>
    internal OptimizerShard? Shard => shard;

    private protected OptimizerOptions Options { get; }

    /// <summary>Added to the root of the second moment where the options name nothing.</summary>
    private protected abstract double DefaultEps { get; }

    /// <summary>
    /// Lets go of every gradient: the next backward pass puts its own in place instead of adding to zeros, and until then the memory is the
    /// forward pass's.
    /// </summary>
    public void ZeroGradients()
    {
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = null;
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
    /// Everything a checkpoint must keep beside <see cref="Steps"/>, by name: <c>exp_avg/PARAMETER</c> and <c>exp_avg_sq/PARAMETER</c>. Of
    /// this rank's parameters, where ranks update parts.
    /// </summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> StateTensors()
        => slots.SelectMany(slot => new[] { (FirstMoment + slot.Name, slot.First), (SecondMoment + slot.Name, slot.Second) }).ToArray();

    /// <summary>
    /// <see cref="StateTensors"/> of all parameters, on the host and in the caller's dispose scope; empty on ranks but the first. All ranks
    /// call it.
    /// </summary>
    internal IReadOnlyList<(string Name, Tensor Tensor)> GatherState()
    {
        if (shard is null)
        {
            return StateTensors();
        }

        using var noGradient = no_grad();
        var (own, all) = (StateTensors().ToDictionary(entry => entry.Name, entry => entry.Tensor), new List<(string, Tensor)>());
        foreach (var (name, parameter) in parameters)
        {
            foreach (var moment in new[] { FirstMoment + name, SecondMoment + name })
            {
                using var scope = NewDisposeScope();
                var sent = own.TryGetValue(moment, out var mine) ? mine : empty_like(parameter);
                shard.Ranks.Broadcast(sent, shard.Owners[name]);
                if (shard.Ranks.Rank == 0)
                {
                    all.Add((moment, sent.detach().to(CPU, copy: true).MoveToOuterDisposeScope()));
                }
            }
        }

        return all;
    }

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
        if (gradients.Length == 0 && shard is null)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var norm = gradients.Length == 0 ? zeros([], device: parameters[0].Parameter.device) : ForeachOperators.Norms(gradients).norm();
        if (shard is not null)
        {
            norm.pow_(Scalars.Of(2));
            shard.Ranks.AllReduce(norm);
            norm.sqrt_();
        }

        if (Options.ClipGradNorm is { } limit && gradients.Length > 0)
        {
            ForeachOperators.Divide(gradients, (norm / Scalars.Of(limit)).clamp_(min: Scalars.One));
        }

        gradientNorm?.Dispose();
        gradientNorm = norm.DetachFromDisposeScope();
    }
}
