using System.IO.Compression;
using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>Writes tensors as torch.save writes a state dict, so that torch.load, also with <c>weights_only=True</c>, reads them; flushed to disk.</summary>
public static class PyTorchWriter
{
    private const string Archive = "archive/";
    private const int Chunk = 1 << 24;

    /// <summary>Writes <paramref name="tensors"/> in the order given, any device, contiguous or not.</summary>
    /// <exception cref="IOException">The disk is full or the folder cannot be written; a part may be there. Write through <see cref="AtomicFile"/>.</exception>
    /// <exception cref="ArgumentException">Two tensors have one name, or the format has no such element type.</exception>
    public static void Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (tensors.FirstOrDefault(entry => !names.Add(entry.Name)).Name is { } taken)
        {
            throw new ArgumentException($"The name {taken} is taken.", nameof(tensors));
        }

        using var stream = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            WriteMember(archive, "data.pkl", PickleWriter.StateDict(tensors));
            WriteMember(archive, "byteorder", "little"u8);
            for (var i = 0; i < tensors.Count; i++)
            {
                using var scope = NewDisposeScope();
                using var data = Open(archive, $"data/{i}");
                WriteData(data, tensors[i].Tensor);
            }

            WriteMember(archive, "version", "3\n"u8);
        }

        stream.Flush(flushToDisk: true);
    }

    private static Stream Open(ZipArchive archive, string name) => archive.CreateEntry(Archive + name, CompressionLevel.NoCompression).Open();

    private static void WriteMember(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        using var member = Open(archive, name);
        member.Write(bytes);
    }

    private static unsafe void WriteData(Stream data, Tensor tensor)
    {
        var values = tensor.detach().cpu().contiguous();
        var length = values.numel() * SafetensorsDTypes.Of(values.dtype).Size;
        var start = length == 0 ? null : (byte*)TensorMemory.Pointer(values);
        for (long offset = 0; offset < length; offset += Chunk)
        {
            data.Write(MemoryMarshal.CreateReadOnlySpan(ref *(start + offset), (int)Math.Min(Chunk, length - offset)));
        }
    }
}
