using System.IO.MemoryMappedFiles;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization;

/// <summary>
/// A safetensors file, memory-mapped: an 8-byte little-endian header length, a JSON header, raw little-endian data.
/// The header is checked whole before any tensor is handed out: offsets inside the file, sizes that match, no overlap.
/// </summary>
public sealed class SafetensorsFile : TensorFile
{
    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;
    private Tensor? pages;

    private SafetensorsFile(string path, MemoryMappedFile map, SafetensorsHeader header)
        : base(path)
    {
        this.map = map;
        Entries = header.Entries;
        Metadata = header.Metadata;
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>The header's <c>__metadata__</c>: text by name.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, cut short, or its header lies.</exception>
    public static new SafetensorsFile Open(string path)
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

    /// <inheritdoc/>
    internal override Tensor? Map(string name)
    {
        var entry = Find(name);
        var (begin, length) = Extent(entry);
        if (entry.DType != ScalarType.Float32 || length == 0 || begin % sizeof(float) != 0)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        pages ??= from_file(Path, shared: false, size: new FileInfo(Path).Length / sizeof(float), dtype: float32).DetachFromDisposeScope();
        var mapped = pages.narrow(0, begin / sizeof(float), length / sizeof(float)).view(entry.Shape.ToArray());
        TensorMemory.Populate(mapped);
        return mapped.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    private protected override unsafe void CopyInto(TensorEntry entry, Tensor target)
    {
        var (begin, length) = Extent(entry);
        if (length == 0)
        {
            return;
        }

        byte* start = null;
        var handle = view.SafeMemoryMappedViewHandle;
        handle.AcquirePointer(ref start);
        try
        {
            Buffer.MemoryCopy(start + view.PointerOffset + begin, (void*)TensorMemory.Pointer(target), length, length);
        }
        finally
        {
            handle.ReleasePointer();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        pages?.Dispose();
        view.Dispose();
        map.Dispose();
    }

    private static (long Begin, long Length) Extent(TensorEntry entry)
        => entry is SafetensorsEntry { Begin: var begin, Length: var length } ? (begin, length) : throw new ArgumentException("An entry of another file.", nameof(entry));
}
