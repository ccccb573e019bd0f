using System.IO.MemoryMappedFiles;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>
/// A state dict as torch.save writes it: a zip archive with a pickle that describes the tensors and one member for each storage. The pickle is
/// read, not executed. The dictionary may be inside <c>state_dict</c>, <c>weights</c> or <c>model</c>, and all names may begin with <c>module.</c>.
/// </summary>
public sealed class PyTorchFile : TensorFile
{
    private const int MaximumPickle = 256 << 20;

    private readonly MemoryMappedFile map;
    private readonly MemoryMappedViewAccessor view;

    private PyTorchFile(string path, MemoryMappedFile map, IReadOnlyDictionary<string, TensorEntry> entries)
        : base(path)
    {
        this.map = map;
        Entries = entries;
        view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>Always empty: the format has no place for it.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Whether a file begins like one that torch.save wrote, now or long ago.</summary>
    public static bool IsPyTorch(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            Span<byte> head = stackalloc byte[4];
            using var stream = File.OpenRead(path);
            return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && (head is [(byte)'P', (byte)'K', 3, 4] || IsLegacy(head));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, failure);
        }
    }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, damaged, of the format before PyTorch 1.6, or asks for more than tensors.</exception>
    public static new PyTorchFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = File.OpenRead(path);
            var entries = ReadEntries(stream);
            return new PyTorchFile(path, MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false), entries);
        }
        catch (FormatException damage)
        {
            stream?.Dispose();
            throw new UserErrorException($"{path}: not a usable PyTorch file: {damage.Message}. Copy or download it again, or save the state dict alone with torch.save.", damage);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw Unreadable(path, failure);
        }
    }

    /// <inheritdoc/>
    private protected override unsafe void CopyInto(TensorEntry entry, Tensor target)
    {
        var source = entry as PyTorchEntry ?? throw new ArgumentException("An entry of another file.", nameof(entry));
        if (source.Extent == 0)
        {
            return;
        }

        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            using var scope = NewDisposeScope();
            var run = source.IsContiguous ? target : empty([source.Extent], source.DType);
            var bytes = source.Extent * SafetensorsDTypes.Of(source.DType).Size;
            Buffer.MemoryCopy(start + view.PointerOffset + source.Begin, (void*)TensorMemory.Pointer(run), bytes, bytes);
            if (!source.IsContiguous)
            {
                using var noGradient = no_grad();
                target.copy_(run.as_strided([.. source.Shape], [.. source.Strides], 0));
            }
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        view.Dispose();
        map.Dispose();
    }

    private static bool IsLegacy(ReadOnlySpan<byte> head) => head is [0x80, 2, 0x8a, 10];

    private static Dictionary<string, TensorEntry> ReadEntries(FileStream stream)
    {
        Span<byte> head = stackalloc byte[4];
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && IsLegacy(head))
        {
            throw new FormatException("it is of the format before PyTorch 1.6; load and save it once with a newer PyTorch");
        }

        var members = ZipDirectory.Read(stream).ToDictionary(member => member.Name);
        var pickle = members.Values.Where(member => member.Name.EndsWith("/data.pkl", StringComparison.Ordinal) && member.Name.Count(character => character == '/') == 1).ToArray() is [var only]
            ? only : throw new FormatException("it has no data.pkl, so torch.save did not write it");
        var archive = pickle.Name[..^"data.pkl".Length];
        if (members.TryGetValue(archive + "byteorder", out var order) && !Read(stream, order, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw new FormatException("it was written on a machine of other byte order");
        }

        var root = new PickleReader(Read(stream, pickle, MaximumPickle), (2 * stream.Length) + (1 << 20)).Read();
        return PyTorchStateDict.Entries(root, key => members.GetValueOrDefault($"{archive}data/{key}"), stream.Length);
    }

    private static byte[] Read(FileStream stream, ZipMember member, int maximum)
    {
        if (member.Length > maximum)
        {
            throw new FormatException($"its member {PickleText.Shown(member.Name)} has {member.Length} bytes, more than a state dict needs");
        }

        var bytes = new byte[member.Length];
        stream.Position = member.Begin;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static UserErrorException Unreadable(string path, Exception failure)
        => new($"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.", failure);
}
