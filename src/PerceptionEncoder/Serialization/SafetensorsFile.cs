using System.IO.MemoryMappedFiles;
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
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;

    private SafetensorsFile(string path, MemoryMappedFile map, SafetensorsHeader header)
    {
        Path = path;
        this.map = map;
        Entries = header.Entries;
        Metadata = header.Metadata;
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>The header's <c>__metadata__</c>: text by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor of the file, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, cut short, or its header lies.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserErrorException($"{path}: no such file. Name an existing .safetensors file.");
        }

        FileStream? stream = null;
        try
        {
            stream = File.OpenRead(path);
            var header = SafetensorsHeader.Read(stream, path);
            return new SafetensorsFile(path, MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false), header);
        }
        catch (Exception failure)
        {
            stream?.Dispose();
            throw failure is IOException or UnauthorizedAccessException
                ? new UserErrorException($"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.", failure)
                : failure;
        }
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
            throw new UserErrorException($"{Path}: tensor {name} is [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", target.shape)}]. Load a checkpoint of the same architecture.");
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
        view.Dispose();
        map.Dispose();
    }

    private TensorEntry Find(string name)
        => Entries.TryGetValue(name, out var entry) ? entry : throw new UserErrorException($"{Path}: no tensor named {name}. Load a checkpoint of the same architecture.");

    private unsafe void CopyInto(TensorEntry entry, Tensor target)
    {
        if (entry.Length == 0)
        {
            return;
        }

        byte* start = null;
        var handle = view.SafeMemoryMappedViewHandle;
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
}
