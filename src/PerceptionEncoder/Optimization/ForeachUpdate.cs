using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// An <see cref="AdamRule"/> in operators on lists of tensors: any device and dtype, and no number travels to the host. Tensor by tensor a
/// GPU would get thousands of kernels, most too small to keep it busy.
/// </summary>
internal static class ForeachUpdate
{
    /// <summary>Numbers of one list, which bounds the memory of the update itself: 256 MB in float32.</summary>
    private const long ListLength = 1 << 26;

    // K tensors of one list

    /// <summary>Updates parameters that have a gradient, those with the same rule and type together.</summary>
    /// <param name="updates">Parameters on one device.</param>
    /// <param name="listLength">Numbers of one list, unless a single tensor has more.</param>
    public static void Apply(IEnumerable<(MomentSlot Slot, Tensor Gradient, AdamRule Rule)> updates, long listLength = ListLength)
    {
        foreach (var alike in updates.GroupBy(update => (update.Rule, update.Slot.Parameter.dtype)))
        {
            foreach (var list in Lists(alike, listLength))
            {
                using var scope = NewDisposeScope();
                Move(
                    Array.ConvertAll(list, update => (Tensor)update.Slot.Parameter),
                    Array.ConvertAll(list, update => update.Gradient),
                    Array.ConvertAll(list, update => update.Slot.First),
                    Array.ConvertAll(list, update => update.Slot.Second),
                    alike.Key.Rule);
            }
        }
    }

    private static void Move(Tensor[] weights, Tensor[] gradients, Tensor[] first, Tensor[] second, in AdamRule rule)
    {
        ForeachOperators.MoveMoments(first, second, gradients, rule.Beta1, rule.Beta2);
        if (rule.Keep != 1)
        {
            ForeachOperators.Scale(weights, rule.Keep);
        }

        // The first moment's factor is divided out here, which saves a pass.
        var divisors = ForeachOperators.Roots(second, rule.RootScale / rule.FirstScale, rule.Eps / rule.FirstScale);
        if (!rule.Adapt && rule.CoupledDecay == 0)
        {
            ForeachOperators.AddQuotients(weights, first, divisors, -rule.Rate);
            return;
        }

        ForeachOperators.TurnIntoQuotients(divisors, first);
        var updates = divisors;
        if (rule.CoupledDecay != 0)
        {
            ForeachOperators.Add(updates, weights, rule.CoupledDecay);
        }

        if (rule.Adapt)
        {
            ForeachOperators.ScaleEach(updates, TrustRatios(weights, updates, rule.TrustClip));
        }

        ForeachOperators.Add(weights, updates, -rule.Rate);
    }

    /// <summary>[K], 1 where either norm is zero.</summary>
    private static Tensor TrustRatios(Tensor[] weights, Tensor[] updates, bool clip)
    {
        var (weightNorms, updateNorms) = (ForeachOperators.Norms(weights), ForeachOperators.Norms(updates));
        var isOne = weightNorms.eq(Scalars.Of(0)) | updateNorms.eq(Scalars.Of(0));
        var ratios = weightNorms.div_(updateNorms).masked_fill_(isOne, Scalars.One);
        return clip ? ratios.clamp_(max: Scalars.One) : ratios;
    }

    private static IEnumerable<(MomentSlot Slot, Tensor Gradient, AdamRule Rule)[]> Lists(
        IEnumerable<(MomentSlot Slot, Tensor Gradient, AdamRule Rule)> updates,
        long listLength)
    {
        var (list, length) = (new List<(MomentSlot, Tensor, AdamRule)>(), 0L);
        foreach (var update in updates)
        {
            var numbers = update.Slot.Parameter.numel();
            if (list.Count > 0 && length + numbers > listLength)
            {
                yield return [.. list];
                (list, length) = ([], 0);
            }

            list.Add(update);
            length += numbers;
        }

        if (list.Count > 0)
        {
            yield return [.. list];
        }
    }
}
