namespace PerceptionEncoder.Tools.Packing;

/// <summary>What was packed.</summary>
/// <param name="Output">Folder of the shards.</param>
/// <param name="Input">What the input was seen to be.</param>
/// <param name="Rows">Rows of the input.</param>
/// <param name="Samples">Those packed.</param>
/// <param name="Bad">Those left out.</param>
/// <param name="BadByReason">Those left out, by reason.</param>
/// <param name="Splits">The parts.</param>
/// <param name="Classes">Number of classes; null without labels.</param>
/// <param name="HasCaptions">Whether samples have captions.</param>
/// <param name="HasClips">Whether there are clips among the samples.</param>
/// <param name="Resumed">Shards of an earlier run.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record PackSummary(
    string Output,
    string Input,
    long Rows,
    long Samples,
    long Bad,
    IReadOnlyDictionary<string, long> BadByReason,
    IReadOnlyList<PackedSplit> Splits,
    int? Classes,
    bool HasCaptions,
    bool HasClips,
    int Resumed,
    double Seconds);
