namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>What is written of a review.</summary>
public sealed record ReviewExportOptions
{
    /// <summary>SQLite file of the decisions.</summary>
    public required string State { get; init; }

    /// <summary>Folder for dialogues and clips; null where only the figures are wanted.</summary>
    public string? Output { get; init; }

    /// <summary>Whether the reviewed shards are written anew there too, with what people said.</summary>
    public bool WithShards { get; init; }

    /// <summary>Where the reviewed shards lie, if not where they were reviewed; found by their file names.</summary>
    public IReadOnlyList<string> Shards { get; init; } = [];

    /// <summary>What the captioner is asked in each dialogue.</summary>
    public string Question { get; init; } = "Describe the video.";
}
