using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>Finds the tensors in what a pickle describes, and checks every number that says where they are.</summary>
internal static class PyTorchStateDict
{
    private const int MaximumWrappers = 2;
    private const int MaximumRank = 64;
    private const string ParallelPrefix = "module.";

    private static readonly string[] Wrappers = ["state_dict", "weights", "model"];

    private static readonly Dictionary<string, ScalarType> Types = new()
    {
        ["Float"] = float32, ["Half"] = float16, ["BFloat16"] = bfloat16, ["Double"] = float64, ["Long"] = int64, ["Int"] = int32, ["Short"] = int16, ["Char"] = int8, ["Byte"] = uint8,
        ["Bool"] = ScalarType.Bool,
    };

    /// <param name="root">The pickle's value.</param>
    /// <param name="findStorage">The archive's member of a storage's key, or null.</param>
    /// <param name="fileLength">Bytes of the file: the tensors together may not be more than twice that.</param>
    /// <exception cref="FormatException">There are no tensors, or one lies.</exception>
    public static Dictionary<string, TensorEntry> Entries(object? root, Func<string, ZipMember?> findStorage, long fileLength)
    {
        var tensors = Unwrap(root).Items.Where(item => item is { Key: string, Value: PickleTensor }).Select(item => (Name: (string)item.Key!, Tensor: (PickleTensor)item.Value!)).ToArray();
        if (tensors.Length == 0)
        {
            throw new FormatException($"it holds no tensors by name, neither at its top nor in {string.Join(", ", Wrappers)}");
        }

        var skip = tensors.All(tensor => tensor.Name.StartsWith(ParallelPrefix, StringComparison.Ordinal)) ? ParallelPrefix.Length : 0;
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        Int128 total = 0;
        foreach (var (name, tensor) in tensors)
        {
            var entry = Entry(name[skip..], tensor, findStorage);
            total += entry.Bytes;
            if (!entries.TryAdd(entry.Name, entry))
            {
                throw new FormatException($"it names {PickleText.Shown(entry.Name)} twice");
            }
        }

        return total <= 2 * (Int128)fileLength ? entries : throw new FormatException("its tensors together are more than twice the size of the file");
    }

    private static PickleDictionary Unwrap(object? root)
    {
        var dictionary = root as PickleDictionary ?? throw new FormatException("it holds no dictionary of tensors");
        for (var i = 0; i < MaximumWrappers; i++)
        {
            dictionary = Wrappers.Select(dictionary.Find).OfType<PickleDictionary>().FirstOrDefault() ?? dictionary;
        }

        return dictionary;
    }

    private static PyTorchEntry Entry(string name, PickleTensor tensor, Func<string, ZipMember?> findStorage)
    {
        var shown = PickleText.Shown(name);
        var type = Types.TryGetValue(tensor.Storage.TypeName, out var known) ? known : throw new FormatException($"its tensor {shown} has element type {PickleText.Shown(tensor.Storage.TypeName)}, which is not supported");
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
