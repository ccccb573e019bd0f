using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>An <see cref="AdamRule"/> in tensor operations: any device and dtype, and no number travels to the host.</summary>
internal static class TensorUpdate
{
    public static void Apply(MomentSlot slot, Tensor gradient, in AdamRule rule)
    {
        using var scope = NewDisposeScope();
        slot.First.lerp_(gradient, 1 - rule.Beta1);
        slot.Second.mul_(rule.Beta2).addcmul_(gradient, gradient, value: 1 - rule.Beta2);
        if (rule.Keep != 1)
        {
            slot.Parameter.mul_(rule.Keep);
        }

        var update = slot.Second.sqrt().mul_(rule.RootScale).add_(rule.Eps).reciprocal_().mul_(slot.First).mul_(rule.FirstScale);
        if (rule.CoupledDecay != 0)
        {
            update.add_(slot.Parameter, alpha: rule.CoupledDecay);
        }

        if (rule.Adapt)
        {
            update.mul_(TrustRatio(slot.Parameter, update, rule.TrustClip));
        }

        slot.Parameter.add_(update, alpha: -rule.Rate);
    }

    private static Tensor TrustRatio(Tensor weights, Tensor update, bool clip)
    {
        var (weightNorm, updateNorm) = (weights.norm(), update.norm());
        var ratio = where((weightNorm > 0) & (updateNorm > 0), weightNorm / updateNorm, ones_like(weightNorm));
        return clip ? ratio.clamp_(max: 1) : ratio;
    }
}
