using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// A safetensors file, memory-mapped: an 8-byte little-endian header length, a JSON header, raw little-endian data.
/// The header is checked whole before any tensor is handed out: offsets inside the file, sizes that match, no overlap.
/// </summary>
public sealed class SafetensorsFile : TensorFile
{
    private readonly FilePages pages;

    private SafetensorsFile(string path, FileStream stream, SafetensorsHeader header)
        : base(path)
    {
        pages = new FilePages(path, stream);
        Entries = header.Entries;
        Metadata = header.Metadata;
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
            stream = RegularFile.OpenRead(path);
            var header = SafetensorsHeader.Read(stream, path);
            return new SafetensorsFile(path, stream, header);
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
        return pages.Map(entry.DType, entry.Shape, Begin(entry));
    }

    /// <inheritdoc/>
    private protected override void CopyInto(TensorEntry entry, Tensor target) => pages.ReadInto(target, Begin(entry));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => pages.Dispose();

    private static long Begin(TensorEntry entry)
        => (entry as SafetensorsEntry ?? throw new ArgumentException("An entry of another file.", nameof(entry))).Begin;
}
