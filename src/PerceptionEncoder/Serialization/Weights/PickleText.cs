namespace PerceptionEncoder.Serialization.Weights;

/// <summary>What stands in a pickle, in words fit for one line of a message.</summary>
internal static class PickleText
{
    private const int MaximumListed = 12;

    /// <summary>What a value is, in a few words.</summary>
    public static string Describe(object? value) => value switch
    {
        PickleTensor tensor => PyTorchStateDict.IsSupported(tensor) ? "a tensor" : $"a tensor of {ShownText.Of(tensor.Storage.TypeName)}",
        PickleDictionary dictionary => $"a dictionary of {dictionary.Items.Count}",
        PickleTuple tuple => $"a tuple of {tuple.Items.Length}",
        List<object?> list => $"a list of {list.Count}",
        PickleOpaque opaque => ShownText.Of($"{opaque.Kind}"),
        PickleGlobal global => ShownText.Of($"{global}"),
        string => "a text",
        null => "None",
        _ => "a number",
    };

    /// <summary>The keys of a dictionary and what they stand for.</summary>
    public static string Keys(PickleDictionary dictionary)
    {
        var shown = dictionary.Items.Take(MaximumListed)
            .Select(item => $"{(item.Key is string name ? ShownText.Of(name) : Describe(item.Key))} ({Describe(item.Value)})");
        return dictionary.Items.Count == 0 ? "nothing" : string.Join(", ", shown) + (dictionary.Items.Count > MaximumListed ? ", ..." : "");
    }
}
