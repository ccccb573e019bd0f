using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>Some parameters whose gradients are summed over ranks in one collective.</summary>
/// <param name="parameters">In order.</param>
/// <param name="owner">The rank that alone wants the sum; null for all.</param>
internal sealed class GradientBucket(IReadOnlyList<Parameter> parameters, int? owner)
{
    private Tensor? packed;
    private bool hasAll;
    private IPendingCollective? pending;

    /// <summary>Its parameters.</summary>
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>
    /// Packs the gradients, which the parameters let go of, and begins to sum them. Behind them stands for each parameter whether it has
    /// one: where one rank has, the others take part with zeros.
    /// </summary>
    public void Begin(ICollective ranks, ScalarType dtype)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var device = parameters[0].device;
        var has = parameters.Select(parameter => parameter.grad is null ? 0f : 1f).ToArray();
        hasAll = !has.Contains(0);
        packed = cat([
            .. parameters.Select(parameter => parameter.grad?.flatten() ?? zeros(parameter.numel(), device: device)),
            tensor(has).SendTo(device)]).to(dtype).DetachFromDisposeScope();
        foreach (var parameter in parameters)
        {
            parameter.grad = null;
        }

        pending = owner is { } root ? ranks.BeginReduce(packed, root) : ranks.BeginAllReduce(packed);
    }

    /// <summary>Waits for the sums, and lets the gradients be views of them; on ranks that do not want them there are none.</summary>
    public void End(ICollective ranks)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        pending!.Wait();
        if (owner is null || owner == ranks.Rank)
        {
            var sums = packed!.to(float32);
            var elements = parameters.Sum(parameter => parameter.numel());

            // Where this rank has all, the host need not wait for what the others have.
            var has = hasAll ? null : sums.narrow(0, elements, parameters.Count).cpu().data<float>().ToArray();
            var start = 0L;
            for (var i = 0; i < parameters.Count; i++)
            {
                var length = parameters[i].numel();
                if (has is null || has[i] > 0)
                {
                    parameters[i].grad = sums.narrow(0, start, length).view(parameters[i].shape).DetachFromDisposeScope();
                }

                start += length;
            }
        }

        packed!.Dispose();
        (packed, pending) = (null, null);
    }

    /// <summary>Replaces the weights by those of the owner.</summary>
    public void SendWeights(ICollective ranks)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weights = cat([.. parameters.Select(parameter => parameter.flatten())]);
        ranks.Broadcast(weights, owner!.Value);
        if (owner == ranks.Rank)
        {
            return;
        }

        var start = 0L;
        foreach (var parameter in parameters)
        {
            parameter.copy_(weights.narrow(0, start, parameter.numel()).view(parameter.shape));
            start += parameter.numel();
        }
    }
}
