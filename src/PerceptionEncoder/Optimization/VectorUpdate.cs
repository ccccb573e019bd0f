using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using Lanes = System.Runtime.Intrinsics.Vector512<float>;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// An <see cref="AdamRule"/> in vector instructions, for float32 on the CPU. Memory is read as few times as the rule allows: once, and a
/// second time where the trust ratio needs the norms of the whole tensor first; tensor operations make eight passes and temporaries.
/// Results do not depend on the number of threads: norms are summed chunk by chunk, in order.
/// </summary>
internal sealed class VectorUpdate
{
    private const int ChunkLength = 1 << 15;

    private readonly MomentSlot[] slots;
    private readonly (int Slot, long Start, int Length)[] chunks;
    private readonly (double Weights, double Update)[] squares;

    public VectorUpdate(MomentSlot[] slots)
    {
        this.slots = slots;
        chunks = slots.SelectMany((slot, index) => Chunks(index, slot.Parameter.numel())).ToArray();
        squares = new (double, double)[chunks.Length];
    }

    public static bool CanHandle(Tensor tensor) => tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype == ScalarType.Float32 && tensor.is_contiguous();

    /// <summary>Updates the slots that have a gradient here; one item a slot.</summary>
    public void Apply(Tensor?[] gradients, AdamRule[] rules)
    {
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
        Parallel.For(0, chunks.Length, threads, i =>
        {
            var (slot, start, length) = chunks[i];
            if (gradients[slot] is { } gradient)
            {
                squares[i] = MoveMoments(View(slots[slot].Parameter, i), View(gradient, i), View(slots[slot].First, i), View(slots[slot].Second, i), rules[slot]);
            }
        });

        var rates = Rates(gradients, rules);
        Parallel.For(0, chunks.Length, threads, i =>
        {
            var slot = chunks[i].Slot;
            if (gradients[slot] is not null && rules[slot].Adapt)
            {
                MoveWeights(View(slots[slot].Parameter, i), View(slots[slot].First, i), View(slots[slot].Second, i), rules[slot], rates[slot]);
            }
        });
    }

    private static IEnumerable<(int Slot, long Start, int Length)> Chunks(int slot, long length)
    {
        for (var start = 0L; start < length; start += ChunkLength)
        {
            yield return (slot, start, (int)Math.Min(ChunkLength, length - start));
        }
    }

    private Span<float> View(Tensor tensor, int chunk) => TensorMemory.Floats(tensor, chunks[chunk].Start, chunks[chunk].Length);

    private double[] Rates(Tensor?[] gradients, AdamRule[] rules)
    {
        var sums = new (double Weights, double Update)[slots.Length];
        for (var i = 0; i < chunks.Length; i++)
        {
            ref var sum = ref sums[chunks[i].Slot];
            sum = (sum.Weights + squares[i].Weights, sum.Update + squares[i].Update);
        }

        return sums.Select((sum, slot) =>
        {
            var ratio = sum is { Weights: > 0, Update: > 0 } ? Math.Sqrt(sum.Weights / sum.Update) : 1;
            return rules[slot].Rate * (rules[slot].TrustClip ? Math.Min(1, ratio) : ratio);
        }).ToArray();
    }

    /// <summary>First pass: the moments, and the weights too where no trust ratio is wanted. Sums the squares of weights and update.</summary>
    private static (double Weights, double Update) MoveMoments(Span<float> weights, Span<float> gradient, Span<float> first, Span<float> second, in AdamRule rule)
    {
        var (beta2, firstShare, secondShare) = (Spread(rule.Beta2), Spread(1 - rule.Beta1), Spread(1 - rule.Beta2));
        var (firstScale, rootScale, eps, decay) = (Spread(rule.FirstScale), Spread(rule.RootScale), Spread(rule.Eps), Spread(rule.CoupledDecay));
        var (keep, step, adapt) = (Spread(rule.Keep), Spread(-rule.Rate), rule.Adapt);
        var (weightSquares, updateSquares) = (Lanes.Zero, Lanes.Zero);
        for (var at = 0; at < weights.Length; at += Lanes.Count)
        {
            var g = Load(gradient, at);
            var m = Load(first, at);
            var v = Load(second, at) * beta2;
            var p = Load(weights, at) * keep;
            m = Vector512.FusedMultiplyAdd(g - m, firstShare, m);
            v = Vector512.FusedMultiplyAdd(g * g, secondShare, v);
            Store(m, first, at);
            Store(v, second, at);
            var update = Update(p, m, v, firstScale, rootScale, eps, decay);
            weightSquares += p * p;
            updateSquares += update * update;
            if (!adapt)
            {
                Store(Vector512.FusedMultiplyAdd(update, step, p), weights, at);
            }
        }

        return (Total(weightSquares), Total(updateSquares));
    }

    /// <summary>Second pass, once the norms are known: the update is computed anew, which is cheaper than keeping it.</summary>
    private static void MoveWeights(Span<float> weights, Span<float> first, Span<float> second, in AdamRule rule, double rate)
    {
        var (firstScale, rootScale, eps, decay) = (Spread(rule.FirstScale), Spread(rule.RootScale), Spread(rule.Eps), Spread(rule.CoupledDecay));
        var (keep, step) = (Spread(rule.Keep), Spread(-rate));
        for (var at = 0; at < weights.Length; at += Lanes.Count)
        {
            var p = Load(weights, at) * keep;
            var update = Update(p, Load(first, at), Load(second, at), firstScale, rootScale, eps, decay);
            Store(Vector512.FusedMultiplyAdd(update, step, p), weights, at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Update(Lanes p, Lanes m, Lanes v, Lanes firstScale, Lanes rootScale, Lanes eps, Lanes decay)
        => Vector512.FusedMultiplyAdd(decay, p, m * firstScale / Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), rootScale, eps));

    /// <summary>In a fixed order, which the ready-made sum does not promise before and after the code is optimised.</summary>
    private static double Total(Lanes lanes)
    {
        var total = 0.0;
        for (var i = 0; i < Lanes.Count; i++)
        {
            total += lanes[i];
        }

        return total;
    }

    private static Lanes Spread(double value) => Vector512.Create((float)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Load(ReadOnlySpan<float> source, int at)
        => at + Lanes.Count <= source.Length ? Vector512.Create(source.Slice(at, Lanes.Count)) : LoadRest(source[at..]);

    /// <summary>Fewer elements than lanes: zeros fill up, stay zeros and add nothing to the norms.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Lanes LoadRest(ReadOnlySpan<float> rest)
    {
        Span<float> padded = stackalloc float[Lanes.Count];
        padded.Clear();
        rest.CopyTo(padded);
        return Vector512.Create<float>(padded);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Lanes lanes, Span<float> target, int at)
    {
        if (at + Lanes.Count <= target.Length)
        {
            lanes.CopyTo(target.Slice(at, Lanes.Count));
        }
        else
        {
            StoreRest(lanes, target[at..]);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreRest(Lanes lanes, Span<float> rest)
    {
        Span<float> padded = stackalloc float[Lanes.Count];
        lanes.CopyTo(padded);
        padded[..rest.Length].CopyTo(rest);
    }
}
