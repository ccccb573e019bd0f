using System.Runtime.InteropServices;
using ICSharpCode.SharpZipLib.Zip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Writes tensors as torch.save writes a state dict, so that torch.load, also with <c>weights_only=True</c>, reads them; flushed to disk.
/// </summary>
internal static class PyTorchWriter
{
    private const string Archive = "archive/";
    private const int Chunk = 1 << 24, Alignment = 64, LocalHeaderBytes = 30, ExtraHeaderBytes = 4;
    private static readonly DateTime Undated = new(1980, 1, 1);   // the format's first day: the same weights give the same bytes
    private const ushort PaddingTag = 0x4246;   // torch.save's own, "FB"

    /// <summary>Writes <paramref name="tensors"/> in the order given, any device, contiguous or not.</summary>
    /// <exception cref="IOException">
    /// The disk is full or the folder cannot be written; a part may be there. Write through <see cref="AtomicFile"/>.
    /// </exception>
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
        using (var archive = new ZipOutputStream(stream) { IsStreamOwner = false, UseZip64 = UseZip64.Dynamic })
        {
            WriteMember(archive, stream, "data.pkl", PickleWriter.StateDict(tensors));
            WriteMember(archive, stream, "byteorder", "little"u8);
            for (var i = 0; i < tensors.Count; i++)
            {
                using var scope = NewDisposeScope();
                var values = tensors[i].Tensor.detach().cpu().contiguous();
                Begin(archive, stream, $"data/{i}", values.numel() * SafetensorsDTypes.Of(values.dtype).Size);
                WriteData(archive, values);
                archive.CloseEntry();
            }

            WriteMember(archive, stream, "version", "3\n"u8);
        }

        stream.Flush(flushToDisk: true);
    }

    private static void WriteMember(ZipOutputStream archive, FileStream stream, string name, ReadOnlySpan<byte> bytes)
    {
        Begin(archive, stream, name, bytes.Length);
        archive.Write(bytes);
        archive.CloseEntry();
    }

    /// <summary>
    /// Begins a stored member at the alignment of torch.save, so that its numbers can be used where they lie in the file.
    /// </summary>
    private static void Begin(ZipOutputStream archive, FileStream stream, string name, long length)
    {
        var entry = new ZipEntry(Archive + name) { CompressionMethod = CompressionMethod.Stored, Size = length, DateTime = Undated };
        var head = stream.Position + LocalHeaderBytes + entry.Name.Length + ExtraHeaderBytes;
        var extra = new ZipExtraData();
        extra.AddEntry(PaddingTag, new byte[(Alignment - (head % Alignment)) % Alignment]);
        entry.ExtraData = extra.GetEntryData();
        archive.PutNextEntry(entry);
    }

    private static unsafe void WriteData(ZipOutputStream data, Tensor values)
    {
        var length = values.numel() * SafetensorsDTypes.Of(values.dtype).Size;
        var start = length == 0 ? null : (byte*)TensorMemory.Pointer(values);
        for (long offset = 0; offset < length; offset += Chunk)
        {
            data.Write(MemoryMarshal.CreateReadOnlySpan(ref *(start + offset), (int)Math.Min(Chunk, length - offset)));
        }
    }
}
