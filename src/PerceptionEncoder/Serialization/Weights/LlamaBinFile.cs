using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text.Json;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// A decoder as llama2.c keeps it: seven little-endian int32 (width, feed-forward width, layers, heads, key and value heads, vocabulary,
/// context), then float32 numbers, those of one kind of all layers together. Tensors go by Meta's names.
/// </summary>
internal sealed class LlamaBinFile : TensorFile
{
    /// <summary>Name of the metadata entry that holds what Meta's <c>params.json</c> would.</summary>
    public const string ParametersKey = "params";

    private const int HeadBytes = 7 * sizeof(int);
    private const int MaximumSide = 1 << 24;
    private const int MaximumLayers = 1024;

    private readonly FilePages pages;
    private readonly Dictionary<string, long> begins = new(StringComparer.Ordinal);

    private LlamaBinFile(string path, FileStream stream, int[] head)
        : base(path)
    {
        pages = new FilePages(path, stream);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var (name, shape, begin) in Places(head).Where(place => place.Name.Length > 0))
        {
            entries[name] = new TensorEntry(name, ScalarType.Float32, shape);
            begins[name] = begin;
        }

        Entries = entries;
        Metadata = new Dictionary<string, string>
        {
            [ParametersKey] = JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["dim"] = head[0],
                ["hidden_dim"] = head[1],
                ["n_layers"] = head[2],
                ["n_heads"] = head[3],
                ["n_kv_heads"] = head[4],
                ["vocab_size"] = Math.Abs(head[5]),
                ["max_seq_len"] = head[6],
                ["norm_eps"] = 1e-5,
                ["rope_theta"] = 10000.0,
            }),
        }.ToFrozenDictionary();
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Whether a file is as long as its first numbers ask for; the format has no mark of its own.</summary>
    public static bool IsLlamaBin(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var stream = RegularFile.OpenRead(path);
            return Head(stream) is { } head && Places(head).Last() is var (_, shape, begin)
                && begin + (sizeof(float) * shape.Aggregate(1L, (product, side) => product * side)) == stream.Length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;                                       // whoever reads on says so
        }
    }

    /// <summary>Opens a file that <see cref="IsLlamaBin"/> knows.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static new LlamaBinFile Open(string path)
    {
        try
        {
            var stream = RegularFile.OpenRead(path);
            return new LlamaBinFile(path, stream, Head(stream) ?? throw new IOException("it is too short"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.",
                failure);
        }
    }

    /// <inheritdoc/>
    internal override Tensor? Map(string name)
        => begins.TryGetValue(name, out var begin) ? pages.Map(ScalarType.Float32, Entries[name].Shape, begin) : null;

    /// <inheritdoc/>
    private protected override void CopyInto(TensorEntry entry, Tensor target) => pages.ReadInto(target, begins[entry.Name]);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => pages.Dispose();

    private static int[]? Head(Stream stream)
    {
        var bytes = new byte[HeadBytes];
        if (stream.ReadAtLeast(bytes, HeadBytes, throwOnEndOfStream: false) < HeadBytes)
        {
            return null;
        }

        int[] head = [.. Enumerable.Range(0, 7).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(int))))];
        return head.Index().All(number => number.Item > 0 || number.Index == 5)
            && head[5] != 0 && head[5] != int.MinValue && head.All(number => Math.Abs(number) <= MaximumSide)
            && head[2] <= MaximumLayers && head[3] <= head[0] && head[0] % head[3] == 0 && head[4] <= head[3]
            ? head
            : null;
    }

    /// <summary>Every tensor in the file's order; those without a name are tables that are computed.</summary>
    private static IEnumerable<(string Name, long[] Shape, long Begin)> Places(int[] head)
    {
        long width = head[0], hidden = head[1], layers = head[2], size = width / head[3];
        var shared = size * head[4];
        var vocabulary = Math.Abs(head[5]);
        var begin = (long)HeadBytes;
        (string Kind, long[] Shape)[] kinds =
        [
            ("attention_norm", [width]), ("attention.wq", [width, width]), ("attention.wk", [shared, width]),
            ("attention.wv", [shared, width]), ("attention.wo", [width, width]), ("ffn_norm", [width]),
            ("feed_forward.w1", [hidden, width]), ("feed_forward.w2", [width, hidden]), ("feed_forward.w3", [hidden, width]),
        ];
        var ofLayers = kinds.SelectMany(
            kind => Enumerable.Range(0, (int)layers).Select(layer => ($"layers.{layer}.{kind.Kind}", kind.Shape)));
        (string Name, long[] Shape)[] all =
        [
            ("tok_embeddings", [vocabulary, width]),
            .. ofLayers,
            ("norm", [width]),
            ("", [head[6], size / 2]),
            ("", [head[6], size / 2]),
            .. head[5] < 0 ? [("output", [vocabulary, width])] : Array.Empty<(string, long[])>(),
        ];
        foreach (var (name, shape) in all)
        {
            yield return (name.Length == 0 ? "" : name + ".weight", shape, begin);
            begin += sizeof(float) * shape.Aggregate(1L, (product, side) => product * side);
        }
    }
}
