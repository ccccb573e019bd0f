using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>Clips to caption, and where what is known of them stands.</summary>
public sealed record ClipSourceOptions
{
    /// <summary>
    /// A folder of clips, with a <c>.json</c> or <c>.txt</c> of the same name beside those of which something is known; a <c>.txt</c> of
    /// paths, one a line; a table of paths (<c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c>, <c>.parquet</c>); or shards, as a folder of them or as
    /// <see cref="SourceOptions.Shards"/> takes them.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>What the paths of a list or table are relative to; null for its own folder.</summary>
    public string? Root { get; init; }

    /// <summary>
    /// Field of the JSON, or column of the table, with a clip's title. A <c>.txt</c> beside a clip counts as its field <c>caption</c>.
    /// </summary>
    public string Title { get; init; } = "title";

    /// <summary>Field or column of the description.</summary>
    public string Description { get; init; } = "description";

    /// <summary>Field or column of the category.</summary>
    public string Category { get; init; } = "category";
}
