using Microsoft.Win32.SafeHandles;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// The numbers of an open file, as tensors over the file's own pages or read into memory of their own. The file is never held twice.
/// </summary>
internal sealed class FilePages(string path, FileStream stream) : IDisposable
{
    private const int Chunk = 1 << 30;

    private readonly SafeFileHandle handle = stream.SafeFileHandle;
    private Tensor? pages;

    /// <summary>A tensor over private pages of the file, in row-major order.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="begin">Offset of its first byte in the file.</param>
    /// <returns>Null for other types than float32, for no numbers, and for numbers that are not aligned.</returns>
    public Tensor? Map(ScalarType type, IReadOnlyList<long> shape, long begin)
    {
        var numbers = shape.Aggregate(1L, (product, side) => product * side);
        if (type != ScalarType.Float32 || numbers == 0 || begin % sizeof(float) != 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        pages ??= from_file(path, shared: false, size: stream.Length / sizeof(float), dtype: float32).DetachFromDisposeScope();
        var mapped = pages.narrow(0, begin / sizeof(float), numbers).view(shape.ToArray());
        TensorMemory.Populate(mapped);
        return mapped.MoveToOuterDisposeScope();
    }

    /// <summary>Fills a contiguous tensor on the CPU with the bytes from an offset on.</summary>
    /// <exception cref="UserErrorException">The disk refuses, or the file has become shorter.</exception>
    public unsafe void ReadInto(Tensor target, long begin)
    {
        var left = target.numel() * target.element_size();
        var pointer = left == 0 ? null : (byte*)TensorMemory.Pointer(target);
        try
        {
            while (left > 0)
            {
                var count = RandomAccess.Read(handle, new Span<byte>(pointer, (int)Math.Min(left, Chunk)), begin);
                if (count == 0)
                {
                    throw new UserErrorException(
                        $"{path}: has become shorter while it was read. Do not write to it meanwhile, and run again.");
                }

                pointer += count;
                (begin, left) = (begin + count, left - count);
            }
        }
        catch (IOException failure)
        {
            throw new UserErrorException(
                $"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.",
                failure);
        }
    }

    public void Dispose()
    {
        pages?.Dispose();
        stream.Dispose();
    }
}
