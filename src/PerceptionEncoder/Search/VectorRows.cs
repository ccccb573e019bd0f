using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// N rows · C the dimension · R rows of a block
/// <summary>The vectors of an index, in blocks that are large enough for products and small enough for memory.</summary>
/// <param name="dimension">C.</param>
/// <param name="type">Of the numbers as they are kept.</param>
internal sealed class VectorRows(int dimension, ScalarType type) : IDisposable
{
    /// <summary>Rows that decide <see cref="Fingerprint"/>.</summary>
    private const int FingerprintRows = 256;

    private readonly List<RowBlock> blocks = [];

    /// <summary>
    /// Rows of a block: 8 MB as float32, which an allocator keeps and a cache holds; the scores of a thousand queries take 32 MB at most.
    /// </summary>
    public int BlockRows { get; } = Math.Clamp((1 << 21) / dimension, 1, 1 << 13);

    /// <summary>N.</summary>
    public int Count { get; private set; }

    /// <summary>C.</summary>
    public int Dimension => dimension;

    /// <summary>Of the numbers as they are kept.</summary>
    public ScalarType Type => type;

    private int RowBytes => dimension * (type == ScalarType.Float32 ? 4 : 2);

    /// <summary>The blocks from a row on, with the number of their first row; the first begins at or before it.</summary>
    public IEnumerable<(int Start, RowBlock Block)> From(int row)
    {
        for (var index = row / BlockRows; index < blocks.Count; index++)
        {
            yield return (index * BlockRows, blocks[index]);
        }
    }

    /// <summary>Adds copies of rows, [B, C], of any device and floating type.</summary>
    public void Add(Tensor rows)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        for (var left = rows.detach().to(type).cpu(); left.shape[0] > 0;)
        {
            if (blocks.Count == 0 || blocks[^1].Count == BlockRows)
            {
                blocks.Add(new RowBlock(empty([Math.Min(BlockRows, left.shape[0]), dimension], type), 0));
            }

            var added = blocks[^1].Add(left, BlockRows);
            Count += added;
            left = left.narrow(0, added, left.shape[0] - added);
        }
    }

    /// <summary>Takes rows as they lie in memory or in a mapped file, without a copy. Only where there are none yet.</summary>
    /// <param name="rows">[N, C], contiguous; the numbers live as long as this object.</param>
    public void Attach(Tensor rows)
    {
        using var scope = NewDisposeScope();
        Count = checked((int)rows.shape[0]);
        for (var start = 0; start < Count; start += BlockRows)
        {
            var count = Math.Min(BlockRows, Count - start);
            blocks.Add(new RowBlock(rows.narrow(0, start, count), count));
        }
    }

    /// <summary>Copies of some rows.</summary>
    /// <returns>float32 [rows, C], in the caller's scope.</returns>
    public unsafe Tensor Take(ReadOnlySpan<int> rows)
    {
        using var scope = NewDisposeScope();
        var taken = empty([rows.Length, dimension], type);
        var target = (byte*)TensorMemory.Pointer(taken);
        foreach (var row in rows)
        {
            Bytes(row).CopyTo(new Span<byte>(target, RowBytes));
            target += RowBytes;
        }

        return taken.to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>The C numbers of a row, as doubles.</summary>
    public void Read(int row, Span<double> numbers)
    {
        var bytes = Bytes(row);
        switch (type)
        {
            case ScalarType.Float32:
                var floats = MemoryMarshal.Cast<byte, float>(bytes);
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = floats[i];
                }

                break;
            case ScalarType.Float16:
                var halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = (double)halves[i];
                }

                break;
            default:
                var upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = BitConverter.Int32BitsToSingle(upper[i] << 16);
                }

                break;
        }
    }

    /// <summary>The cosine of two rows, summed in double; 0 where one is zeros.</summary>
    public float Cosine(int one, int other)
    {
        var (first, second) = (new double[dimension], new double[dimension]);
        Read(one, first);
        Read(other, second);
        var (product, left, right) = (0.0, 0.0, 0.0);
        for (var i = 0; i < dimension; i++)
        {
            product += first[i] * second[i];
            left += first[i] * first[i];
            right += second[i] * second[i];
        }

        return left == 0 || right == 0 ? 0 : (float)(product / (Math.Sqrt(left) * Math.Sqrt(right)));
    }

    /// <summary>Tells these rows from others: by their number, type and a spread of them.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(Count));
        hash.AppendData(BitConverter.GetBytes((int)type));
        var shown = Math.Min(Count, FingerprintRows);
        for (long i = 0; i < shown; i++)
        {
            hash.AppendData(Bytes((int)(shown == 1 ? 0 : i * (Count - 1) / (shown - 1))));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => blocks.ForEach(block => block.Dispose());

    private unsafe ReadOnlySpan<byte> Bytes(int row)
        => new((byte*)blocks[row / BlockRows].Pointer + ((long)(row % BlockRows) * RowBytes), RowBytes);
}
