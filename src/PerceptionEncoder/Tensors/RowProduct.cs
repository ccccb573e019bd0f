using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// x Wᵀ of few rows with W in bfloat16 on a CPU, as a decoder does for each new token: the time is that of reading W, and torch's own
/// product reads it at a third of the memory's speed. Sums are float32; each row is computed for itself, so that it is the same alone and
/// among others.
/// </summary>
internal static unsafe class RowProduct
{
    /// <summary>With more rows torch's product is faster.</summary>
    public const int MaximumRows = 4;

    /// <summary>bfloat16 numbers of a vector.</summary>
    private const int Lanes = 32;

    private const int RowsAtOnce = 64;

    /// <summary>How far ahead of use memory is asked for.</summary>
    private const int Ahead = 2048;

    // R rows · D inputs · E outputs

    /// <summary>Whether this is the faster way; never where autograd records.</summary>
    /// <param name="input">[..., D].</param>
    /// <param name="weight">[E, D].</param>
    public static bool Serves(Tensor input, Tensor weight)
        => weight.dtype == ScalarType.BFloat16
            && Vector512.IsHardwareAccelerated
            && Avx512F.IsSupported
            && weight.device_type == DeviceType.CPU
            && input.dtype == ScalarType.BFloat16
            && weight.shape[1] % Lanes == 0
            && input.NumberOfElements <= MaximumRows * weight.shape[1]
            && input.NumberOfElements > 0
            && !is_grad_enabled()
            && weight.is_contiguous();

    /// <param name="input">[..., D] bfloat16, up to <see cref="MaximumRows"/> rows.</param>
    /// <param name="weight">[E, D] bfloat16, contiguous.</param>
    /// <returns>[..., E] bfloat16, a tensor of its own.</returns>
    public static Tensor Apply(Tensor input, Tensor weight)
    {
        using var scope = NewDisposeScope();
        var (outputs, inputs) = ((int)weight.shape[0], (int)weight.shape[1]);
        var rows = (int)(input.NumberOfElements / inputs);

        // Two bfloat16 numbers lie in each 32 bits of W: those of even places are had by a shift, those of odd places by a mask. So the
        // input is laid out in vectors of even places and vectors of odd ones.
        var apart = input.contiguous().to(float32).view(rows, inputs / Lanes, Lanes / 2, 2).transpose(2, 3).contiguous();
        var output = empty([.. input.shape[..^1], outputs], ScalarType.BFloat16);
        var x = (float*)TensorMemory.Pointer(apart);
        var w = (uint*)TensorMemory.Pointer(weight);
        var y = (ushort*)TensorMemory.Pointer(output);
        var pieces = (outputs + RowsAtOnce - 1) / RowsAtOnce;
        Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = TorchRuntime.Threads }, piece =>
        {
            var from = piece * RowsAtOnce;
            Fill(x, w, y, rows, inputs, outputs, from, Math.Min(outputs, from + RowsAtOnce));
        });
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>Some columns of the output. Compiled with all optimisations at once, as is what it calls: its first call counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(float* x, uint* w, ushort* y, int rows, int inputs, int outputs, int from, int to)
    {
        for (var e = from; e < to; e++)
        {
            for (var row = 0; row < rows; row++)
            {
                y[((long)row * outputs) + e] = Narrow(Dot(w + ((long)e * inputs / 2), x + ((long)row * inputs), inputs / Lanes));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(uint* pairs, float* apart, int vectors)
    {
        var (even, odd, even2, odd2) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        var high = Vector512.Create(0xFFFF0000u);
        var i = 0;
        for (; i + 1 < vectors; i += 2, pairs += Lanes, apart += 2 * Lanes)
        {
            Sse.Prefetch0((byte*)pairs + Ahead);
            Sse.Prefetch0((byte*)pairs + Ahead + 64);
            var (first, second) = (Vector512.Load(pairs), Vector512.Load(pairs + (Lanes / 2)));
            even = Avx512F.FusedMultiplyAdd(Vector512.ShiftLeft(first, 16).AsSingle(), Vector512.Load(apart), even);
            odd = Avx512F.FusedMultiplyAdd((first & high).AsSingle(), Vector512.Load(apart + (Lanes / 2)), odd);
            even2 = Avx512F.FusedMultiplyAdd(Vector512.ShiftLeft(second, 16).AsSingle(), Vector512.Load(apart + Lanes), even2);
            odd2 = Avx512F.FusedMultiplyAdd((second & high).AsSingle(), Vector512.Load(apart + (3 * Lanes / 2)), odd2);
        }

        for (; i < vectors; i++, pairs += Lanes / 2, apart += Lanes)
        {
            var last = Vector512.Load(pairs);
            even = Avx512F.FusedMultiplyAdd(Vector512.ShiftLeft(last, 16).AsSingle(), Vector512.Load(apart), even);
            odd = Avx512F.FusedMultiplyAdd((last & high).AsSingle(), Vector512.Load(apart + (Lanes / 2)), odd);
        }

        return Vector512.Sum(even + odd + (even2 + odd2));
    }

    /// <summary>Rounded to the nearest, ties to even, as torch does.</summary>
    private static ushort Narrow(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
