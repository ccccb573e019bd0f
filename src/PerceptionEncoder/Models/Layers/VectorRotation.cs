using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;
using Lanes = System.Runtime.Intrinsics.Vector512<float>;

namespace PerceptionEncoder.Models.Layers;

/// <summary>Copies rows of a head while it turns their pairs of channels and scales them: float32 arithmetic, rounded once to the rows' own type.</summary>
internal static unsafe class VectorRotation
{
    private static readonly Vector512<int> Even = Vector512.Create(0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10, 12, 12, 14, 14);
    private static readonly Vector512<int> Odd = Vector512.Create(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15);
    private static readonly Vector512<int> Swapped = Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    private static readonly Lanes MinusPlus = Vector512.Create(-1f, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1);

    /// <summary>Rows of one head: where they are, where they go, and what happens on the way.</summary>
    public readonly record struct Rows
    {
        public nint From { get; init; }

        /// <summary>Numbers from one row to the next.</summary>
        public long FromStride { get; init; }

        public nint To { get; init; }

        /// <summary>Numbers from one row to the next.</summary>
        public long ToStride { get; init; }

        public long Count { get; init; }

        /// <summary>Cosine and sine of each pair of the first row, row after row; no numbers for no rotation. Channels beyond them are only scaled.</summary>
        public (nint Start, int Length) Turns { get; init; }

        public float Scale { get; init; }
    }

    public static bool CanHandle(ScalarType type) => type is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>All parts, spread over as many threads as torch's operators use.</summary>
    /// <param name="parts">How many there are.</param>
    /// <param name="size">Numbers of a row.</param>
    /// <param name="type">Of the rows.</param>
    /// <param name="rows">The rows of a part.</param>
    public static void Run(int parts, int size, ScalarType type, Func<int, Rows> rows)
        => Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, part =>
        {
            var all = rows(part);
            for (long row = 0; row < all.Count; row++)
            {
                var turns = new ReadOnlySpan<float>((float*)all.Turns.Start + (row * all.Turns.Length), all.Turns.Length);
                if (type == ScalarType.Float32)
                {
                    Float32(new((float*)all.From + (row * all.FromStride), size), new((float*)all.To + (row * all.ToStride), size), turns, all.Scale);
                }
                else
                {
                    BFloat16(new((ushort*)all.From + (row * all.FromStride), size), new((ushort*)all.To + (row * all.ToStride), size), turns, all.Scale);
                }
            }
        });

    private static void Float32(ReadOnlySpan<float> from, Span<float> to, ReadOnlySpan<float> turns, float scale)
    {
        var i = 0;
        for (; i + Lanes.Count <= from.Length && IsWhole(i, turns); i += Lanes.Count)
        {
            Turn(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(from), (nuint)i), i, turns, scale).StoreUnsafe(ref MemoryMarshal.GetReference(to), (nuint)i);
        }

        for (; i < from.Length; i++)
        {
            to[i] = Turn(from[i], i < turns.Length ? from[i ^ 1] : 0, i, turns, scale);
        }
    }

    private static void BFloat16(ReadOnlySpan<ushort> from, Span<ushort> to, ReadOnlySpan<float> turns, float scale)
    {
        var i = 0;
        for (; i + Lanes.Count <= from.Length && IsWhole(i, turns); i += Lanes.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(from), (nuint)i));
            var turned = Turn((Vector512.Create(low, high) << 16).AsSingle(), i, turns, scale);
            Round(turned).StoreUnsafe(ref MemoryMarshal.GetReference(to), (nuint)i);
        }

        for (; i < from.Length; i++)
        {
            to[i] = Round(Vector512.Create(Turn(Widen(from[i]), i < turns.Length ? Widen(from[i ^ 1]) : 0, i, turns, scale)))[0];
        }
    }

    /// <summary>Whether sixteen channels from here on are all rotated or all not.</summary>
    private static bool IsWhole(int i, ReadOnlySpan<float> turns) => i + Lanes.Count <= turns.Length || i >= turns.Length;

    /// <summary>(a, b) becomes (a cos - b sin, b cos + a sin).</summary>
    private static Lanes Turn(Lanes pairs, int i, ReadOnlySpan<float> turns, float scale)
    {
        if (i < turns.Length)
        {
            var turn = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(turns), (nuint)i);
            pairs = (pairs * Vector512.Shuffle(turn, Even)) + (Vector512.Shuffle(pairs, Swapped) * Vector512.Shuffle(turn, Odd) * MinusPlus);
        }

        return pairs * scale;
    }

    private static float Turn(float value, float other, int i, ReadOnlySpan<float> turns, float scale)
        => scale * (i >= turns.Length ? value : (value * turns[i & ~1]) + (other * turns[i | 1] * ((i & 1) == 0 ? -1 : 1)));

    private static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>To nearest, halves to even; what is no number stays none.</summary>
    private static Vector256<ushort> Round(Lanes values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
        rounded = Vector512.ConditionalSelect(Vector512.Equals(values, values).AsUInt32(), rounded, Vector512.Create(0x7FC0u));
        return Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }
}
