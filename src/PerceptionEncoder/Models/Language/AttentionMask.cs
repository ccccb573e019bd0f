using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Which tokens see which: earlier ones, and of several sequences packed into a row those of their own alone.</summary>
internal static class AttentionMask
{
    /// <summary>Zero where a token may look, minus infinity elsewhere; every token sees itself, so that no row is empty.</summary>
    /// <param name="segments">int64 [B, S] of all tokens, or null where each row is one sequence.</param>
    /// <param name="before">Tokens in the cache.</param>
    /// <param name="length">New tokens, L.</param>
    /// <param name="type">Of the scores.</param>
    /// <param name="device">Where they are.</param>
    /// <returns>[1 or B, 1, 1, L, S]; null where the plain causal rule or none at all is needed.</returns>
    public static Tensor? Of(Tensor? segments, long before, long length, ScalarType type, Device device)
    {
        if (segments is null && (length == 1 || (before == 0 && !IsExplicit(length, device))))
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var mask = full(length, before + length, Scalars.Of(double.NegativeInfinity), type, device).triu_(before + 1)
            .view(1, 1, 1, length, before + length);
        if (segments is not null)
        {
            var own = segments.narrow(1, before, length).unsqueeze(-1).eq(segments.unsqueeze(1));      // [B, L, S]
            mask = mask.masked_fill(own.logical_not().unsqueeze(1).unsqueeze(1), Scalars.Of(double.NegativeInfinity));
        }

        return mask.MoveToOuterDisposeScope();
    }

    /// <summary>Whether two plain products are faster than the fused kernel; for one token they always are.</summary>
    public static bool IsExplicit(long length, Device device)
        => length == 1 || (device.type == DeviceType.CPU && length <= Attention.ExplicitLimit);
}
