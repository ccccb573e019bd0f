namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>Text out of a file that may be anything, fit for one line of a message.</summary>
internal static class PickleText
{
    private const int MaximumLength = 100;
    private const int MaximumListed = 12;

    public static string Shown(string text) => Cut(text, MaximumLength);

    public static string Cut(string text, int longest)
    {
        var line = new string([.. text.Take(longest).Select(character => char.IsControl(character) ? '?' : character)]);
        return line.Length < text.Length ? line + "..." : line;
    }

    /// <summary>What a value is, in a few words.</summary>
    public static string Describe(object? value) => value switch
    {
        PickleTensor tensor => PyTorchStateDict.IsSupported(tensor) ? "a tensor" : $"a tensor of {Shown(tensor.Storage.TypeName)}",
        PickleDictionary dictionary => $"a dictionary of {dictionary.Items.Count}",
        PickleTuple tuple => $"a tuple of {tuple.Items.Length}",
        List<object?> list => $"a list of {list.Count}",
        PickleOpaque opaque => Shown($"{opaque.Kind}"),
        PickleGlobal global => Shown($"{global}"),
        string => "a text",
        null => "None",
        _ => "a number",
    };

    /// <summary>The keys of a dictionary and what they stand for.</summary>
    public static string Keys(PickleDictionary dictionary)
    {
        var shown = dictionary.Items.Take(MaximumListed).Select(item => $"{(item.Key is string name ? Shown(name) : Describe(item.Key))} ({Describe(item.Value)})");
        return dictionary.Items.Count == 0 ? "nothing" : string.Join(", ", shown) + (dictionary.Items.Count > MaximumListed ? ", ..." : "");
    }
}
