namespace PerceptionEncoder.Tools.Packing;

/// <summary>What is unpacked, and where to.</summary>
public sealed record UnpackOptions
{
    /// <summary>Tars: a file, a pattern, a folder of them, or a folder with a folder of them for each part.</summary>
    public required string Shards { get; init; }

    /// <summary>New or empty folder for the files and the table.</summary>
    public required string Output { get; init; }

    /// <summary>Form of the table.</summary>
    public TableFormat Format { get; init; } = TableFormat.Csv;
}
