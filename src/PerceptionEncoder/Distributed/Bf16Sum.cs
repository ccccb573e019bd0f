using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Distributed;

/// <summary>Adds bfloat16, which MPI does not know, as an operation that MPI calls.</summary>
internal static unsafe class Bf16Sum
{
    /// <summary>Adds one buffer to another, rounding to nearest, ties to even.</summary>
    /// <param name="given">Left as it is.</param>
    /// <param name="sum">Takes the sum.</param>
    /// <param name="length">Elements of both.</param>
    /// <param name="type">What MPI takes them for.</param>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Add(ushort* given, ushort* sum, int* length, nint* type) => Add(new(given, *length), new(sum, *length));

    /// <summary>The same, of the bits of bfloat16.</summary>
    internal static void Add(ReadOnlySpan<ushort> given, Span<ushort> sum)
    {
        for (var i = 0; i < sum.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(Widened(given[i]) + Widened(sum[i]));

            // Beyond infinity lie the NaNs, which rounding up could turn into another number.
            sum[i] = (bits & 0x7fffffff) > 0x7f800000
                ? (ushort)((bits >> 16) | 0x40)
                : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
        }
    }

    private static float Widened(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
}
