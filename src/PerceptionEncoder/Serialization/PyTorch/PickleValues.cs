namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>A Python dictionary or OrderedDict, in the order it was filled.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];

    /// <summary>The value of a text key; null where there is none.</summary>
    public object? Find(string key) => Items.LastOrDefault(item => item.Key is string name && name == key).Value;
}

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A name that the pickle refers to, out of the few that are allowed.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A storage: a member <c>data/KEY</c> of the archive seen as numbers of one type.</summary>
internal sealed record PickleStorage(string TypeName, string Key, long Count);

/// <summary>A tensor: a strided view of a storage, in numbers.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>A value that is of no interest here, such as a dtype or a set.</summary>
internal sealed class PickleOther
{
    public static PickleOther Instance { get; } = new();
}
