namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>The names a state dict's pickle may refer to, and what calling them means here: descriptions of tensors, never code.</summary>
internal static class PickleGlobals
{
    private const string Torch = "torch";
    private const string Utilities = "torch._utils";

    private static readonly HashSet<string> TorchValues =
    [
        "Size", "device", "float32", "float", "float64", "double", "float16", "half", "bfloat16", "int64", "long", "int32", "int", "int16", "short", "int8", "uint8", "bool",
        "strided", "contiguous_format", "channels_last", "preserve_format",
    ];

    /// <exception cref="FormatException">The name is not one of the allowed.</exception>
    public static PickleGlobal Allowed(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") or (Utilities, "_rebuild_tensor_v2" or "_rebuild_parameter") => new PickleGlobal(module, name),
        (Torch, _) when TorchValues.Contains(name) || name.EndsWith("Storage", StringComparison.Ordinal) => new PickleGlobal(module, name),
        ("__builtin__" or "builtins", "set") or ("_codecs", "encode") => new PickleGlobal(module, name),
        _ => throw new FormatException($"its pickle refers to {PickleText.Shown(module)}.{PickleText.Shown(name)}, which is not part of a state dict and could run code"),
    };

    /// <summary>What a persistent id stands for: <c>("storage", type, key, location, count)</c>.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static PickleStorage Storage(object? id)
        => id is PickleTuple { Items: ["storage", PickleGlobal { Module: Torch } type, string key, _, long count] } && type.Name.EndsWith("Storage", StringComparison.Ordinal)
            ? new PickleStorage(type.Name[..^"Storage".Length], key, count)
            : throw new FormatException("its pickle refers to data that are no storage of a tensor");

    /// <exception cref="FormatException">The arguments do not fit, or the name cannot be called.</exception>
    public static object Call(PickleGlobal callee, object?[] arguments) => (callee.Module, callee.Name) switch
    {
        ("collections", _) => Dictionary(arguments),
        (Utilities, "_rebuild_tensor_v2") => Tensor(arguments),
        (Utilities, "_rebuild_parameter") => arguments is [PickleTensor tensor, ..] ? tensor : throw new FormatException("its pickle has a parameter that is no tensor"),
        (Torch, "Size" or "device") or ("__builtin__" or "builtins" or "_codecs", _) => PickleOther.Instance,
        _ => throw new FormatException($"its pickle calls {callee}, which is not part of a state dict"),
    };

    private static PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        foreach (var item in arguments is [List<object?> items] ? items : [])
        {
            if (item is not PickleTuple { Items: [var key, var value] })
            {
                throw new FormatException("its pickle has an OrderedDict of what are no pairs");
            }

            dictionary.Items.Add(KeyValuePair.Create(key, value));
        }

        return dictionary;
    }

    private static PickleTensor Tensor(object?[] arguments)
        => arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..] && shape.Items.Length == strides.Items.Length
            && shape.Items.Concat(strides.Items).All(item => item is long)
            ? new PickleTensor(storage, offset, [.. shape.Items.Cast<long>()], [.. strides.Items.Cast<long>()])
            : throw new FormatException("its pickle has a tensor without storage, shape or strides");
}
