namespace PerceptionEncoder.Tools.Packing;

/// <summary>What was unpacked.</summary>
/// <param name="Output">The folder.</param>
/// <param name="Table">Path of the table.</param>
/// <param name="Samples">Its rows.</param>
/// <param name="LeftOut">Samples without an image or clip.</param>
/// <param name="Splits">Names of the parts, where there are parts.</param>
/// <param name="Renamed">Samples whose key came before.</param>
public sealed record UnpackSummary(
    string Output,
    string Table,
    long Samples,
    long LeftOut,
    IReadOnlyList<string> Splits,
    long Renamed);
