using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// A state dict as torch.save writes it: a zip archive with a pickle that describes the tensors and one member for each storage. The pickle
/// is read, not executed. The dictionary may be one entry of a training checkpoint (<see cref="PyTorchWrapping"/>).
/// </summary>
public sealed class PyTorchFile : TensorFile
{
    private const int MaximumPickle = 256 << 20;
    private const int HeadBytes = 14;

    private readonly FilePages pages;

    private PyTorchFile(string path, FileStream stream, PyTorchStateDict weights)
        : base(path)
    {
        pages = new FilePages(path, stream);
        (Entries, PassedOver, Origin) = (weights.Entries, weights.PassedOver, weights.Origin);
    }

    /// <summary>Always empty: the format has no place for it.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> PassedOver { get; }

    /// <inheritdoc/>
    public override string? Origin { get; }

    /// <summary>Whether a file begins like one that torch.save wrote, now or long ago, or like a plain pickle.</summary>
    public static bool IsPyTorch(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        try
        {
            using var stream = RegularFile.OpenRead(path);
            var head = Head(stream);
            return head is [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..] || IsPickle(head);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, failure);
        }
    }

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="UserErrorException">
    /// The file is missing or damaged, of another format of PyTorch's, or holds no tensors by name; says what it holds.
    /// </exception>
    public static new PyTorchFile Open(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = RegularFile.OpenRead(path);
            return new PyTorchFile(path, stream, ReadWeights(stream));
        }
        catch (Exception failure) when (failure is FormatException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw failure switch
            {
                FormatException
                    => new UserErrorException($"{path}: not a usable PyTorch file: {failure.Message}. Copy or download it again.", failure),
                NotSupportedException => new UserErrorException($"{path}: {failure.Message}.", failure),
                _ => Unreadable(path, failure),
            };
        }
    }

    /// <inheritdoc/>
    internal override Tensor? Map(string name)
    {
        var entry = Own(Find(name));
        return entry.IsContiguous && entry.IsAlone ? pages.Map(entry.DType, entry.Shape, entry.Begin) : null;
    }

    /// <inheritdoc/>
    private protected override void CopyInto(TensorEntry entry, Tensor target)
    {
        var source = Own(entry);
        if (source.IsContiguous)
        {
            pages.ReadInto(target, source.Begin);
            return;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var run = empty([source.Extent], source.DType);
        pages.ReadInto(run, source.Begin);
        target.copy_(run.as_strided([.. source.Shape], [.. source.Strides], 0));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => pages.Dispose();

    private static PyTorchEntry Own(TensorEntry entry)
        => entry as PyTorchEntry ?? throw new ArgumentException("An entry of another file.", nameof(entry));

    private static byte[] Head(FileStream stream)
    {
        var head = new byte[HeadBytes];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }

    /// <summary>
    /// PROTO 2 to 5. A safetensors file may begin with the same bytes, as its length, and then has the brace of its JSON.
    /// </summary>
    private static bool IsPickle(ReadOnlySpan<byte> head) => head is [0x80, >= 2 and <= 5, ..] && head.Length > 8 && head[8] != '{';

    /// <summary>The number that torch.save wrote first before PyTorch 1.6.</summary>
    private static bool IsLegacy(ReadOnlySpan<byte> head)
        => head[3..].StartsWith((ReadOnlySpan<byte>)[10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);

    private static PyTorchStateDict ReadWeights(FileStream stream)
    {
        var head = Head(stream);
        if (IsPickle(head))
        {
            throw new NotSupportedException(IsLegacy(head)
                ? "it is of the format before PyTorch 1.6. Load it once with a newer PyTorch and save it again: "
                    + "torch.save(torch.load(OLD), NEW)"
                : "it is a plain Python pickle, not what torch.save writes. "
                    + "Load it where its code is and save the weights alone: torch.save(model.state_dict(), FILE)");
        }

        var members = ZipDirectory.Read(stream).ToDictionary(member => member.Name);
        if (members.Keys.FirstOrDefault(name => name.EndsWith("/constants.pkl", StringComparison.Ordinal)
            || name.Contains("/code/", StringComparison.Ordinal)) is not null)
        {
            throw new NotSupportedException("it is a TorchScript archive, which holds a program. "
                + "Save its weights alone: torch.save(torch.jit.load(OLD).state_dict(), NEW)");
        }

        var pickle = members.Values.Where(member => member.Name.EndsWith("/data.pkl", StringComparison.Ordinal)
            && member.Name.Count(character => character == '/') == 1).ToArray() is [var only]
            ? only.InPlace
            : throw new NotSupportedException("it is a zip archive, but not one of torch.save: "
                + $"it has no data.pkl but {Sample(members.Keys)}. Name the weights file itself");
        var archive = pickle.Name[..^"data.pkl".Length];
        if (members.TryGetValue(archive + "byteorder", out var order)
            && !Read(stream, order.InPlace, 16).AsSpan().SequenceEqual("little"u8))
        {
            throw new NotSupportedException(
                "it was written on a machine of other byte order. Load and save it again on a little-endian one");
        }

        var root = new PickleReader(Read(stream, pickle, MaximumPickle), (2 * stream.Length) + (1 << 20)).Read();
        return PyTorchStateDict.Of(root, key => members.GetValueOrDefault($"{archive}data/{key}")?.InPlace, stream.Length);
    }

    private static string Sample(IEnumerable<string> names)
        => names.Take(3).Select(ShownText.Of).ToArray() is { Length: > 0 } some ? string.Join(", ", some) : "no members";

    private static byte[] Read(FileStream stream, ZipMember member, int maximum)
    {
        if (member.Length > maximum)
        {
            throw new FormatException($"its member {ShownText.Of(member.Name)} has {member.Length} bytes, more than a state dict needs");
        }

        var bytes = new byte[member.Length];
        stream.Position = member.Begin;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static UserErrorException Unreadable(string path, Exception failure)
        => new($"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.", failure);
}
