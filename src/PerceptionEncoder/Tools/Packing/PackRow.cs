using System.Text.Json.Nodes;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>A row as it is packed, before its file is read.</summary>
/// <param name="Number">In the order of packing, from 0.</param>
/// <param name="Place">Where it is, for messages.</param>
/// <param name="Path">Of the image or clip, as written.</param>
internal sealed record PackRow(long Number, string Place, string Path)
{
    /// <summary>Why it cannot be used; null where nothing but its file can tell.</summary>
    public BadRow? Fault { get; init; }

    /// <summary>The file.</summary>
    public string File { get; init; } = "";

    /// <summary>Of the sample.</summary>
    public string Key { get; init; } = "";

    /// <summary>The part it goes to.</summary>
    public string Split { get; init; } = "";

    /// <summary>None of them blank; none where the table has no captions.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>Class, as written; null where the table has no labels.</summary>
    public string? Label { get; init; }

    /// <summary>What else the table says of it.</summary>
    public IReadOnlyDictionary<string, JsonNode?> Metadata { get; init; } = new Dictionary<string, JsonNode?>();

    /// <summary>The same, found to be unusable.</summary>
    public PackRow With(string reason, string detail) => this with { Fault = new BadRow(Number, Place, Path, reason, detail) };
}
