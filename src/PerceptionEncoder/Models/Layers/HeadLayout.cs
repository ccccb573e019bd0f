using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Layers;

/// <summary>
/// From the fused projection to heads and back, for a CPU: queries and keys are rotated and queries scaled on the way, so that memory is gone through once. In vector instructions for
/// float32 and bfloat16, where torch's operators would take seven passes; by those operators for other types.
/// </summary>
internal static class HeadLayout
{
    // B batch · N tokens · H heads · h head size · r rotated channels / 2

    /// <param name="projected">[B, N, 3, H, h]: queries, keys, values.</param>
    /// <param name="rotations">complex64 [N, r] or [B, 1, N, r], or null.</param>
    /// <param name="queryScale">Factor on the queries.</param>
    /// <returns>[3, B, H, N, h], the same dtype.</returns>
    public static Tensor ToHeads(Tensor projected, Tensor? rotations, double queryScale)
    {
        using var scope = NewDisposeScope();
        var (batch, length, count, size) = (projected.shape[0], projected.shape[1], projected.shape[3], projected.shape[4]);
        var heads = empty([3, batch, count, length, size], projected.dtype, projected.device);
        if (VectorRotation.CanHandle(projected.dtype))
        {
            var (source, turns) = (projected.contiguous(), rotations?.contiguous());
            VectorRotation.Run((int)(3 * batch * count), (int)size, source.dtype, part =>
            {
                var (of, image, head) = Split(part, batch, count);
                return new VectorRotation.Rows
                {
                    From = TensorMemory.Pointer(source) + (nint)(source.ElementSize * ((((image * length * 3) + of) * count) + head) * size),
                    FromStride = 3 * count * size,
                    To = TensorMemory.Pointer(heads) + (nint)(heads.ElementSize * part * length * size),
                    ToStride = size,
                    Count = length,
                    Turns = of < 2 && turns is not null ? Turns(turns, image) : default,
                    Scale = of == 0 ? (float)queryScale : 1,
                };
            });
            return heads.MoveToOuterDisposeScope();
        }

        heads.copy_(projected.permute(2, 0, 3, 1, 4));
        if (rotations is not null)
        {
            var turning = heads.narrow(0, 0, 2);
            turning.copy_(Rope2D.Rotate(turning, rotations));
        }

        heads[0].mul_(queryScale);
        return heads.MoveToOuterDisposeScope();
    }

    /// <summary>The transpose of <see cref="ToHeads"/>, which takes gradients back.</summary>
    /// <param name="query">[B * H, N, h].</param>
    /// <param name="key">[B * H, N, h].</param>
    /// <param name="value">[B * H, N, h].</param>
    /// <param name="shape">[B, N, 3, H, h].</param>
    /// <param name="rotations">As given to <see cref="ToHeads"/>.</param>
    /// <param name="queryScale">As given to <see cref="ToHeads"/>.</param>
    /// <returns>Of that shape.</returns>
    public static Tensor FromHeads(Tensor query, Tensor key, Tensor value, long[] shape, Tensor? rotations, double queryScale)
    {
        using var scope = NewDisposeScope();
        var (batch, length, count, size) = (shape[0], shape[1], shape[3], shape[4]);
        var projected = empty(shape, query.dtype, query.device);
        Tensor[] heads = [query.contiguous(), key.contiguous(), value.contiguous()];
        if (VectorRotation.CanHandle(query.dtype))
        {
            var turns = rotations?.conj().resolve_conj();                                // turning back is turning by the opposite angle
            VectorRotation.Run((int)(3 * batch * count), (int)size, projected.dtype, part =>
            {
                var (of, image, head) = Split(part, batch, count);
                return new VectorRotation.Rows
                {
                    From = TensorMemory.Pointer(heads[of]) + (nint)(projected.ElementSize * ((image * count) + head) * length * size),
                    FromStride = size,
                    To = TensorMemory.Pointer(projected) + (nint)(projected.ElementSize * ((((image * length * 3) + of) * count) + head) * size),
                    ToStride = 3 * count * size,
                    Count = length,
                    Turns = of < 2 && turns is not null ? Turns(turns, image) : default,
                    Scale = of == 0 ? (float)queryScale : 1,
                };
            });
            return projected.MoveToOuterDisposeScope();
        }

        var target = projected.permute(2, 0, 3, 1, 4);                                   // [3, B, H, N, h]
        for (var of = 0; of < 3; of++)
        {
            var part = heads[of].view(batch, count, length, size);
            target[of].copy_(of < 2 && rotations is not null ? Rope2D.Rotate(part, rotations.conj()) : part);
        }

        target[0].mul_(queryScale);
        return projected.MoveToOuterDisposeScope();
    }

    private static (int Of, long Image, long Head) Split(int part, long batch, long heads) => ((int)(part / (batch * heads)), part / heads % batch, part % heads);

    /// <summary>Where the rotations of an image's first token begin, and how many numbers a token has.</summary>
    private static (nint Start, int Length) Turns(Tensor rotations, long image)
    {
        var pairs = rotations.shape[^1];
        var own = rotations.dim() == 4 ? image * rotations.shape[^2] * pairs * 2 * sizeof(float) : 0;
        return (TensorMemory.Pointer(rotations) + (nint)own, (int)(2 * pairs));
    }
}
