namespace PerceptionEncoder.Configuration;

/// <summary>A YAML value that knows where it was written.</summary>
internal abstract record ConfigNode(SourceLocation Location)
{
    /// <summary>How an error message names this value.</summary>
    public abstract string Description { get; }
}

/// <param name="Text">The value, without quotes and escapes.</param>
/// <param name="Location">Where it starts.</param>
/// <param name="IsQuoted">Quoted or block text is never a number, a truth value or null...</param>
/// <param name="IsExpanded">...unless the environment supplied it: in <c>"${NAME}"</c> YAML itself asks for the quotes.</param>
/// <param name="IsBroken">A problem was reported already; nothing more is to be said about it.</param>
internal sealed record ConfigScalar(
    string Text,
    SourceLocation Location,
    bool IsQuoted = false,
    bool IsExpanded = false,
    bool IsBroken = false)
    : ConfigNode(Location)
{
    private const int LongestQuote = 60;

    /// <summary>The text may be read as something other than text.</summary>
    public bool IsPlain => !IsQuoted || IsExpanded;

    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Description => (IsNull, IsPlain) switch
    {
        (true, _) => Text.Length == 0 ? "nothing" : "null",
        (_, true) => Quote(Text),
        _ => $"the quoted text {Quote(Text)}",
    };

    private static string Quote(string text) => text.Length <= LongestQuote ? $"\"{text}\"" : $"\"{text[..LongestQuote]}...\"";
}

internal sealed record ConfigList(IReadOnlyList<ConfigNode> Items, SourceLocation Location) : ConfigNode(Location)
{
    public override string Description => "a list";
}

internal sealed record ConfigMap(IReadOnlyList<ConfigEntry> Entries, SourceLocation Location) : ConfigNode(Location)
{
    public override string Description => "a map";

    public ConfigEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);
}

internal sealed record ConfigEntry(string Key, SourceLocation KeyLocation, ConfigNode Value);
