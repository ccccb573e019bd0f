using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>
    /// Numbers after which the second pass follows the first: their weights and moments are then still in the cache, most of them.
    /// </summary>
    private const long GroupLength = 1 << 20;

    private readonly MomentSlot[] slots;
    private readonly (int Slot, long Start, int Length)[] chunks;
    private readonly (int First, int End)[] groups;
    private readonly (double Weights, double Update)[] squares;

    public VectorUpdate(MomentSlot[] slots)
    {
        this.slots = slots;
        chunks = slots.SelectMany((slot, index) => Chunks(index, slot.Parameter.numel())).ToArray();
        groups = [.. Groups()];
        squares = new (double, double)[chunks.Length];
    }

    public static bool CanHandle(Tensor tensor)
        => tensor.device_type == TorchSharp.DeviceType.CPU && tensor.dtype == ScalarType.Float32 && tensor.is_contiguous();

    /// <summary>Updates the slots that have a gradient here; one item a slot.</summary>
    public void Apply(Tensor?[] gradients, AdamRule[] rules)
    {
        var threads = new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() };
        foreach (var (first, end) in groups)
        {
            Parallel.For(first, end, threads, i =>
            {
                var slot = chunks[i].Slot;
                if (gradients[slot] is { } gradient)
                {
                    squares[i] = Run(View(i, gradient), rules[slot], rate: null);
                }
            });

            var rates = Rates(first, end, rules);
            Parallel.For(first, end, threads, i =>
            {
                var last = end - 1 - (i - first);                // what was touched last is the surest to be in the cache
                var slot = chunks[last].Slot;
                if (gradients[slot] is { } gradient && rules[slot].Adapt)
                {
                    Run(View(last, gradient), rules[slot], rates[slot]);
                }
            });
        }
    }

    /// <summary>Stretches of chunks that hold whole slots.</summary>
    private IEnumerable<(int First, int End)> Groups()
    {
        var (first, length) = (0, 0L);
        for (var i = 0; i < chunks.Length; i++)
        {
            length += chunks[i].Length;
            if (i == chunks.Length - 1 || (length >= GroupLength && chunks[i + 1].Slot != chunks[i].Slot))
            {
                yield return (first, i + 1);
                (first, length) = (i + 1, 0);
            }
        }
    }

    private static IEnumerable<(int Slot, long Start, int Length)> Chunks(int slot, long length)
    {
        for (var start = 0L; start < length; start += ChunkLength)
        {
            yield return (slot, start, (int)Math.Min(ChunkLength, length - start));
        }
    }

    private VectorChunk View(int index, Tensor gradient)
    {
        var (slot, start, length) = chunks[index];
        Span<float> Part(Tensor tensor) => TensorMemory.Floats(tensor, start, length);
        return new VectorChunk(Part(slots[slot].Parameter), Part(gradient), Part(slots[slot].First), Part(slots[slot].Second));
    }

    /// <summary>The rate of each slot of a group, its trust ratio included.</summary>
    private Dictionary<int, double> Rates(int first, int end, AdamRule[] rules)
    {
        var sums = new Dictionary<int, (double Weights, double Update)>();
        for (var i = first; i < end; i++)
        {
            var sum = sums.GetValueOrDefault(chunks[i].Slot);
            sums[chunks[i].Slot] = (sum.Weights + squares[i].Weights, sum.Update + squares[i].Update);
        }

        return sums.ToDictionary(entry => entry.Key, entry =>
        {
            var (weights, update) = entry.Value;
            var ratio = weights > 0 && update > 0 ? Math.Sqrt(weights / update) : 1;
            return rules[entry.Key].Rate * (rules[entry.Key].TrustClip ? Math.Min(1, ratio) : ratio);
        });
    }

    /// <summary>
    /// The first pass over a chunk, or with a rate the second. What is left over by whole lanes goes through the same code, padded with
    /// zeros.
    /// </summary>
    private static (double Weights, double Update) Run(VectorChunk chunk, in AdamRule rule, double? rate)
    {
        var whole = chunk.Length / Lanes.Count * Lanes.Count;
        var sums = Pass(chunk.Slice(0, whole), rule, rate);
        if (whole == chunk.Length)
        {
            return sums;
        }

        var rest = chunk.Slice(whole, chunk.Length - whole);
        Span<float> memory = stackalloc float[4 * Lanes.Count];
        memory.Clear();
        var padded = VectorChunk.Over(memory);
        rest.CopyTo(padded);
        var restSums = Pass(padded, rule, rate);
        padded.Slice(0, rest.Length).CopyTo(rest);
        return (sums.Weights + restSums.Weights, sums.Update + restSums.Update);
    }

    private static (double Weights, double Update) Pass(VectorChunk chunk, in AdamRule rule, double? rate)
    {
        if (rate is not { } known)
        {
            return MoveMoments(chunk, rule);
        }

        MoveWeights(chunk, rule, known);
        return default;
    }

    /// <summary>
    /// First pass: the moments, and the weights too where no trust ratio is wanted. Sums the squares of weights and update.
    /// </summary>
    private static (double Weights, double Update) MoveMoments(VectorChunk chunk, in AdamRule rule)
    {
        var weights = Whole(chunk.Weights);
        var gradient = Whole(chunk.Gradient)[..weights.Length];
        var first = Whole(chunk.First)[..weights.Length];
        var second = Whole(chunk.Second)[..weights.Length];
        var (beta2, firstShare, secondShare) = (Spread(rule.Beta2), Spread(1 - rule.Beta1), Spread(1 - rule.Beta2));
        var (firstScale, rootScale, eps, decay) =
            (Spread(rule.FirstScale), Spread(rule.RootScale), Spread(rule.Eps), Spread(rule.CoupledDecay));
        var (keep, step, adapt) = (Spread(rule.Keep), Spread(-rule.Rate), rule.Adapt);
        var (weightSquares, updateSquares) = (Lanes.Zero, Lanes.Zero);
        for (var i = 0; i < weights.Length; i++)
        {
            var g = gradient[i];
            var p = weights[i] * keep;
            var m = Vector512.FusedMultiplyAdd(g - first[i], firstShare, first[i]);
            var v = Vector512.FusedMultiplyAdd(g * g, secondShare, second[i] * beta2);
            first[i] = m;
            second[i] = v;
            var update = Update(p, m, v, firstScale, rootScale, eps, decay);
            weightSquares = Vector512.FusedMultiplyAdd(p, p, weightSquares);
            updateSquares = Vector512.FusedMultiplyAdd(update, update, updateSquares);
            if (!adapt)
            {
                weights[i] = Vector512.FusedMultiplyAdd(update, step, p);
            }
        }

        return (Total(weightSquares), Total(updateSquares));
    }

    /// <summary>Second pass, once the norms are known: the update is computed anew, which is cheaper than keeping it.</summary>
    private static void MoveWeights(VectorChunk chunk, in AdamRule rule, double rate)
    {
        var weights = Whole(chunk.Weights);
        var first = Whole(chunk.First)[..weights.Length];
        var second = Whole(chunk.Second)[..weights.Length];
        var (firstScale, rootScale, eps, decay) =
            (Spread(rule.FirstScale), Spread(rule.RootScale), Spread(rule.Eps), Spread(rule.CoupledDecay));
        var (keep, step) = (Spread(rule.Keep), Spread(-rate));
        for (var i = 0; i < weights.Length; i++)
        {
            var p = weights[i] * keep;
            var update = Update(p, first[i], second[i], firstScale, rootScale, eps, decay);
            weights[i] = Vector512.FusedMultiplyAdd(update, step, p);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Update(Lanes p, Lanes m, Lanes v, Lanes firstScale, Lanes rootScale, Lanes eps, Lanes decay)
        => Vector512.FusedMultiplyAdd(decay, p, m * firstScale / Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), rootScale, eps));

    private static Span<Lanes> Whole(Span<float> floats) => MemoryMarshal.Cast<float, Lanes>(floats);

    private static Lanes Spread(double value) => Vector512.Create((float)value);

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
}
