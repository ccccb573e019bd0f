using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization;

/// <summary>
/// A safetensors file, memory-mapped: an 8-byte little-endian header length, a JSON header, raw little-endian data.
/// The header is checked whole before any tensor is handed out: offsets inside the file, sizes that match, no overlap.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthPrefix = 8;
    private const long MaximumHeader = 100_000_000;

    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private readonly Dictionary<string, TensorEntry> entries;

    private SafetensorsFile(string path, MemoryMappedFile? map, Dictionary<string, TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        this.map = map;
        this.entries = entries;
        Metadata = metadata;
        view = map?.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>The header's <c>__metadata__</c>: text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor of the file, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries => entries;

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, cut short, or its header lies.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{path}: no such file. Name an existing .safetensors file.");
        }

        using var stream = File.OpenRead(path);
        var (entries, metadata) = ReadHeader(stream, path);
        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new SafetensorsFile(path, map, entries, metadata);
    }

    /// <summary>A new tensor on the CPU with the file's own dtype and shape.</summary>
    /// <exception cref="UserErrorException">The file has no tensor of that name.</exception>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        var tensor = empty(entry.Shape.ToArray(), entry.DType);
        CopyInto(entry, tensor);
        return tensor;
    }

    /// <summary>Copies a tensor of the file into an existing one, converting dtype and device as needed.</summary>
    /// <exception cref="UserErrorException">The name is missing or the shapes differ.</exception>
    public void ReadInto(string name, Tensor target)
    {
        var entry = Find(name);
        if (!entry.Shape.SequenceEqual(target.shape))
        {
            throw new UserErrorException($"{Path}: tensor {name} is [{string.Join(", ", entry.Shape)}], the model wants [{string.Join(", ", target.shape)}]. Load a checkpoint of the same architecture.");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (target.dtype == entry.DType && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            CopyInto(entry, target);
        }
        else
        {
            target.copy_(Read(name));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        view?.Dispose();
        map?.Dispose();
    }

    private TensorEntry Find(string name)
        => entries.TryGetValue(name, out var entry) ? entry : throw new UserErrorException($"{Path}: no tensor named {name}. Load a checkpoint of the same architecture.");

    private unsafe void CopyInto(TensorEntry entry, Tensor target)
    {
        if (entry.Length == 0)
        {
            return;
        }

        byte* start = null;
        var handle = view!.SafeMemoryMappedViewHandle;
        handle.AcquirePointer(ref start);
        try
        {
            Buffer.MemoryCopy(start + view.PointerOffset + entry.Begin, (void*)TensorMemory.Pointer(target), entry.Length, entry.Length);
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    private static (Dictionary<string, TensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata) ReadHeader(FileStream stream, string path)
    {
        UserErrorException Broken(string why) => new($"{path}: not a usable safetensors file: {why}. Copy or download it again.");

        Span<byte> prefix = stackalloc byte[LengthPrefix];
        if (stream.ReadAtLeast(prefix, LengthPrefix, throwOnEndOfStream: false) < LengthPrefix)
        {
            throw Broken($"{stream.Length} bytes is too short");
        }

        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (headerLength is < 2 or > MaximumHeader || headerLength > stream.Length - LengthPrefix)
        {
            throw Broken($"header length {headerLength} does not fit a file of {stream.Length} bytes");
        }

        var header = new byte[headerLength];
        stream.ReadExactly(header);
        var dataStart = LengthPrefix + headerLength;
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(header);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.Name == "__metadata__")
                {
                    foreach (var item in property.Value.EnumerateObject())
                    {
                        metadata[item.Name] = item.Value.GetString() ?? "";
                    }

                    continue;
                }

                var entry = ReadEntry(property, dataStart, stream.Length, Broken);
                if (!entries.TryAdd(property.Name, entry))
                {
                    throw Broken($"tensor {property.Name} is listed twice");
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new UserErrorException(Broken($"the header is not the expected JSON ({failure.Message})").Message, failure);
        }

        var end = dataStart;
        foreach (var entry in entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.Length))
        {
            if (entry.Begin < end)
            {
                throw Broken($"tensor {entry.Name} overlaps another");
            }

            end = entry.Begin + entry.Length;
        }

        return (entries, metadata);
    }

    private static TensorEntry ReadEntry(JsonProperty property, long dataStart, long fileLength, Func<string, UserErrorException> broken)
    {
        var name = property.Value.GetProperty("dtype").GetString() ?? "";
        if (!SafetensorsDTypes.TryParse(name, out var type, out var size))
        {
            throw broken($"tensor {property.Name} has element type {name}, which is not supported");
        }

        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()).ToArray();
        var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > fileLength - dataStart)
        {
            throw broken($"tensor {property.Name} points outside the file");
        }

        var bytes = (Int128)size;
        foreach (var side in shape)
        {
            bytes *= side;
            if (side < 0 || bytes > fileLength)
            {
                throw broken($"tensor {property.Name} has an impossible shape [{string.Join(", ", shape)}]");
            }
        }

        return bytes == offsets[1] - offsets[0]
            ? new TensorEntry(property.Name, type, shape, dataStart + offsets[0], offsets[1] - offsets[0])
            : throw broken($"tensor {property.Name} of shape [{string.Join(", ", shape)}] {name} does not have {offsets[1] - offsets[0]} bytes");
    }
}
