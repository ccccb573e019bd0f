using System.Collections.Frozen;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Named tensors on disk, whatever the format. Only the head is read when a file is opened; each tensor is read when it is asked for.
/// </summary>
public abstract class TensorFile : IDisposable
{
    private protected TensorFile(string path) => Path = path;

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>Text by name that the file holds beside its tensors; empty where the format has none.</summary>
    public abstract IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Every tensor of the file, by name.</summary>
    public abstract IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>What stands among the tensors and is none that can be read, by name, and what it is.</summary>
    public virtual IReadOnlyDictionary<string, string> PassedOver => FrozenDictionary<string, string>.Empty;

    /// <summary>
    /// Where in the file the tensors are and what was chosen where there was a choice, for people; null where the file is nothing else.
    /// </summary>
    public virtual string? Origin => null;

    /// <summary>Opens weights in any format that can be read, told apart by what the file begins with.</summary>
    /// <param name="path">A safetensors file, a PyTorch zip archive, llama2.c's <c>.bin</c>, or an <c>*.index.json</c>.</param>
    /// <exception cref="UserErrorException">The file is missing, damaged or of another format.</exception>
    public static TensorFile Open(string path)
    {
        CheckKind(path);
        return path.EndsWith(ShardedTensorFile.IndexSuffix, StringComparison.OrdinalIgnoreCase) ? ShardedTensorFile.Open(path)
            : PyTorchFile.IsPyTorch(path) ? PyTorchFile.Open(path)
            : LlamaBinFile.IsLlamaBin(path) ? LlamaBinFile.Open(path)
            : SafetensorsFile.Open(path);
    }

    /// <summary>A new tensor on the CPU with the file's own dtype and shape.</summary>
    /// <exception cref="UserErrorException">The file has no tensor of that name, or its bytes cannot be read.</exception>
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
        ArgumentNullException.ThrowIfNull(target);
        var entry = Find(name);
        if (!entry.Shape.SequenceEqual(target.shape))
        {
            throw new UserErrorException($"{Path}: tensor {name} is {entry.ShapeText}, expected [{string.Join(", ", target.shape)}]. "
                + "Load a checkpoint of the same architecture.");
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (target.dtype == entry.DType && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            CopyInto(entry, target);
        }
        else
        {
            target.copy_(Read(name));
        }
    }

    /// <summary>
    /// As <see cref="ReadInto"/>, but a float32 model on the CPU takes the file's own pages where they can be mapped: nothing is copied
    /// until something is written. The file must not be overwritten in place as long as the tensor lives; to replace or delete it does no
    /// harm.
    /// </summary>
    /// <exception cref="UserErrorException">The name is missing or the shapes differ.</exception>
    public void Attach(string name, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (target.device_type == DeviceType.CPU
            && Map(name) is { } mapped
            && mapped.dtype == target.dtype
            && mapped.shape.SequenceEqual(target.shape))
        {
            target.set_(mapped);
        }
        else
        {
            ReadInto(name, target);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Whether two tensors have the same values; their first rows are compared first, which mostly tells.</summary>
    internal bool AreSame(string first, string second)
    {
        using var scope = NewDisposeScope();
        return Find(first) is var a && Find(second) is var b && a.DType == b.DType && a.Shape.SequenceEqual(b.Shape)
            && ReadFirstRow(first).allclose(ReadFirstRow(second), 0, 0)
            && Read(first).allclose(Read(second), 0, 0);
    }

    /// <summary>The start of a tensor along its first dimension, [1, ...].</summary>
    internal virtual Tensor ReadFirstRow(string name)
    {
        var entry = Find(name);
        if (entry.Shape is not [> 1, ..])
        {
            return Read(name);
        }

        var row = entry with { Shape = [1, .. entry.Shape.Skip(1)] };
        var tensor = empty(row.Shape.ToArray(), row.DType);
        CopyInto(row, tensor);
        return tensor;
    }

    /// <summary>A tensor over the file's private pages; null where the format or the position does not allow it.</summary>
    internal virtual Tensor? Map(string name) => null;

    /// <summary>Fills a contiguous CPU tensor of the entry's own dtype and shape.</summary>
    private protected abstract void CopyInto(TensorEntry entry, Tensor target);

    /// <summary>Closes the file.</summary>
    protected abstract void Dispose(bool disposing);

    /// <exception cref="UserErrorException">It is plainly something else, such as a Git LFS pointer.</exception>
    private static void CheckKind(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        FileKind? kind;
        try
        {
            using var stream = RegularFile.OpenRead(path);
            var head = new byte[FileKind.HeadLength];
            kind = FileKind.Of(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return;                                             // whoever reads on says so
        }

        if (kind is { IsZip: false })
        {
            throw new UserErrorException($"{path}: is {kind.Name}, not weights. {kind.Advice}");
        }
    }

    private protected TensorEntry Find(string name)
        => Entries.TryGetValue(name, out var entry) ? entry
            : PassedOver.TryGetValue(name, out var what)
                ? throw new UserErrorException(
                    $"{Path}: {name} is {what} there, which cannot be read. Where its code is, save the weights as plain tensors.")
            : throw new UserErrorException($"{Path}: no tensor named {name}. Load a checkpoint of the same architecture.");
}
