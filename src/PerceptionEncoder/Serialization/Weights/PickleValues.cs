namespace PerceptionEncoder.Serialization.Weights;

/// <summary>A Python dictionary or OrderedDict, in the order it was filled.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Items { get; } = [];

    /// <summary>The value of a text key; null where there is none.</summary>
    public object? Find(string key) => Items.LastOrDefault(item => item.Key is string name && name == key).Value;
}

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A class or function that the pickle refers to by name.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A storage: a member <c>data/KEY</c> of the archive seen as numbers of one type.</summary>
internal sealed record PickleStorage(string TypeName, string Key, long Count);

/// <summary>A tensor: a strided view of a storage, in numbers.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>A value that stays closed: an object of a class whose code is not here, or one of no interest such as bytes.</summary>
/// <param name="Kind">The class, or a word for what it is.</param>
internal sealed record PickleOpaque(object Kind)
{
    public static PickleOpaque Bytes { get; } = new("bytes");

    public static PickleOpaque Set { get; } = new("a set");

    public static PickleOpaque LargeNumber { get; } = new("a large number");
}
