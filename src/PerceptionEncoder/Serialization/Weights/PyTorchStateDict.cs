using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>The tensors of a pickle, with every number that says where they are checked.</summary>
/// <param name="Entries">By name.</param>
/// <param name="PassedOver">What else is among them, by name, and what it is.</param>
/// <param name="Origin">
/// Where in the file the weights are and what was chosen, for people; null where the file is the dictionary of weights.
/// </param>
internal sealed record PyTorchStateDict(
    IReadOnlyDictionary<string, TensorEntry> Entries,
    IReadOnlyDictionary<string, string> PassedOver,
    string? Origin)
{
    private const int MaximumRank = 64;

    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["Float"] = float32, ["Half"] = float16, ["BFloat16"] = bfloat16, ["Double"] = float64, ["Long"] = int64, ["Int"] = int32,
        ["Short"] = int16, ["Char"] = int8, ["Byte"] = uint8,
        ["Bool"] = ScalarType.Bool,
    };

    /// <summary>Whether libtorch and this reader have the tensor's element type.</summary>
    public static bool IsSupported(PickleTensor tensor) => Types.ContainsKey(tensor.Storage.TypeName);

    /// <param name="root">The pickle's value.</param>
    /// <param name="findStorage">The archive's member of a storage's key, or null.</param>
    /// <param name="fileLength">Bytes of the file: the tensors together may not be more than twice that.</param>
    /// <exception cref="NotSupportedException">There are no tensors by name; says what is there.</exception>
    /// <exception cref="FormatException">A tensor lies.</exception>
    public static PyTorchStateDict Of(object? root, Func<string, ZipMember?> findStorage, long fileLength)
    {
        var top = root as PickleDictionary
            ?? throw new NotSupportedException($"it holds {PickleText.Describe(root)} and no dictionary of tensors. "
                + "Where its code is, save the weights alone: torch.save(model.state_dict(), FILE)");
        var wrapping = PyTorchWrapping.Find(top);
        var named = wrapping.Weights.Items.Where(item => item.Key is string)
            .Select(item => (Name: (string)item.Key!, item.Value)).ToArray();
        (string Name, PickleTensor Tensor)[] tensors = [.. named.Where(item => item.Value is PickleTensor tensor && IsSupported(tensor))
            .Select(item => (item.Name, (PickleTensor)item.Value!))];
        if (tensors.Length == 0)
        {
            var inner = wrapping.Path.Count > 0 ? $"; in {Place(wrapping)}: {PickleText.Keys(wrapping.Weights)}" : "";
            throw new NotSupportedException($"it holds no tensors by name that can be read. Its entries: {PickleText.Keys(top)}{inner}. "
                + "Where its code is, save the weights alone: torch.save(model.state_dict(), FILE)");
        }

        var shared = tensors.CountBy(tensor => tensor.Tensor.Storage.Key)
            .Where(storage => storage.Value > 1)
            .Select(storage => storage.Key)
            .ToHashSet(StringComparer.Ordinal);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        Int128 total = 0;
        foreach (var (name, tensor) in tensors)
        {
            var entry = Entry(name, tensor, findStorage) with { IsAlone = !shared.Contains(tensor.Storage.Key) };
            total += entry.Bytes;
            if (!entries.TryAdd(entry.Name, entry))
            {
                throw new FormatException($"it names {ShownText.Of(entry.Name)} twice");
            }
        }

        var passedOver = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in named.Where(item => !entries.ContainsKey(item.Name)))
        {
            passedOver[name] = PickleText.Describe(value);
        }

        var origin = wrapping.Path.Count == 0 ? null : $"its entry {Place(wrapping)}{(wrapping.Note is { } note ? $": {note}" : "")}";
        return total <= 2 * (Int128)fileLength
            ? new PyTorchStateDict(entries, passedOver, origin)
            : throw new FormatException("its tensors together are more than twice the size of the file");
    }

    private static string Place(PyTorchWrapping wrapping) => string.Join(" / ", wrapping.Path.Select(ShownText.Of));

    private static PyTorchEntry Entry(string name, PickleTensor tensor, Func<string, ZipMember?> findStorage)
    {
        var shown = ShownText.Of(name);
        var type = Types.TryGetValue(tensor.Storage.TypeName, out var known)
            ? known
            : throw new FormatException(
                $"its tensor {shown} has element type {ShownText.Of(tensor.Storage.TypeName)}, which is not supported");
        var storage = findStorage(tensor.Storage.Key) ?? throw new FormatException($"the data of its tensor {shown} are missing");
        var size = SafetensorsDTypes.Of(type).Size;
        var count = tensor.Storage.Count;
        if (count < 0 || count > storage.Length / size)
        {
            throw new FormatException($"the storage of its tensor {shown} claims {count} numbers, {storage.Length} bytes are there");
        }

        var (numbers, extent) = Measure(tensor, shown);
        return tensor.Offset >= 0 && tensor.Offset <= count && extent <= count - tensor.Offset && numbers <= count
            ? new PyTorchEntry(name, type, tensor.Shape, storage.Begin + (tensor.Offset * size), tensor.Strides, (long)extent)
            : throw new FormatException($"its tensor {shown} reaches beyond its storage of {count} numbers");
    }

    /// <summary>How many numbers a tensor has, and how many lie from its first to its last.</summary>
    private static (Int128 Numbers, Int128 Extent) Measure(PickleTensor tensor, string shown)
    {
        if (tensor.Shape.Length > MaximumRank || tensor.Shape.Any(side => side < 0) || tensor.Strides.Any(stride => stride < 0))
        {
            throw new FormatException($"its tensor {shown} has an impossible shape");
        }

        if (tensor.Shape.Contains(0))
        {
            return (0, 0);
        }

        Int128 numbers = 1, last = 0;
        foreach (var (side, stride) in tensor.Shape.Zip(tensor.Strides))
        {
            last += (Int128)(side - 1) * stride;
            numbers *= side;
            if (numbers > long.MaxValue)
            {
                throw new FormatException($"its tensor {shown} has an impossible shape");
            }
        }

        return (numbers, last + 1);
    }
}
