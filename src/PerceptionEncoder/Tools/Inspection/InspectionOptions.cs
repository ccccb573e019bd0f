using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>What of some shards is looked at.</summary>
public sealed record InspectionOptions
{
    /// <summary>Paths, folders, patterns or addresses of tars; a <c>.jsonl</c> counts as one whose samples are its lines.</summary>
    public required IReadOnlyList<string> Shards { get; init; }

    /// <summary>
    /// Where captions are, as a training source has it: <c>txt</c>, <c>json.caption</c>; the first that is there is the one that counts as
    /// the sample's. Null for those of the customary names.
    /// </summary>
    public IReadOnlyList<string>? Captions { get; init; }

    /// <summary>Counts the captions' tokens; null leaves them out.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>Samples on the contact sheet, drawn evenly from all.</summary>
    public int Pictures { get; init; } = 24;

    /// <summary>Samples looked at at a time; 0 takes one per processor.</summary>
    public int Workers { get; init; }
}
