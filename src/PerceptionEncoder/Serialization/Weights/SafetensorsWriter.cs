using System.Buffers.Binary;
using System.Text.Json;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>Writes tensors in the safetensors format; the file is flushed to disk before the call returns.</summary>
public static class SafetensorsWriter
{
    internal const string MetadataKey = "__metadata__";

    private const int Alignment = 8;

    /// <summary>Writes <paramref name="tensors"/> in the order given, any device, contiguous or not.</summary>
    /// <exception cref="IOException">
    /// The disk is full or the folder cannot be written; a part may be there. Write into an <see cref="AtomicFolder"/>.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// Two tensors have one name, a name is the metadata's, or the format has no such element type.
    /// </exception>
    public static void Write(
        string path,
        IReadOnlyList<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Widest elements first, so that every tensor starts at a multiple of its element size, as readers that map the file expect.
        var ordered = tensors.OrderByDescending(entry => SafetensorsDTypes.Of(entry.Tensor.dtype).Size).ToArray();
        var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
        if (Array.Find(ordered, entry => !names.Add(entry.Name)).Name is { } taken)
        {
            throw new ArgumentException($"The name {taken} is taken.", nameof(tensors));
        }

        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        WriteHeader(stream, Header(ordered.Select(entry => new TensorEntry(entry.Name, entry.Tensor.dtype, entry.Tensor.shape)), metadata));
        foreach (var (_, tensor) in ordered)
        {
            WriteData(stream, tensor);
        }

        stream.Flush(flushToDisk: true);
    }

    /// <summary>The JSON of a header whose tensors lie one after the other from offset 0, without the length before it.</summary>
    internal static byte[] Header(IEnumerable<TensorEntry> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (name, text) in metadata)
                {
                    json.WriteString(name, text);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsDTypes.Of(tensor.DType).Name);
                json.WriteStartArray("shape");
                foreach (var side in tensor.Shape)
                {
                    json.WriteNumberValue(side);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.Bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return header.ToArray();
    }

    /// <summary>Writes a tensor's numbers as they lie in memory, in row-major order.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    internal static unsafe void WriteData(Stream stream, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var plain = tensor.detach().cpu().contiguous();
        var pointer = (byte*)TensorMemory.Pointer(plain);
        var left = plain.numel() * SafetensorsDTypes.Of(plain.dtype).Size;
        while (left > 0)
        {
            var chunk = (int)Math.Min(left, 1 << 28);
            stream.Write(new ReadOnlySpan<byte>(pointer, chunk));
            pointer += chunk;
            left -= chunk;
        }
    }

    private static void WriteHeader(FileStream stream, byte[] header)
    {
        var padding = (Alignment - (header.Length % Alignment)) % Alignment;
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length + padding);
        stream.Write(prefix);
        stream.Write(header);
        stream.Write("        "u8[..padding]);
    }
}
