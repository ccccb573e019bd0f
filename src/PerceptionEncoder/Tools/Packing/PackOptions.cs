namespace PerceptionEncoder.Tools.Packing;

/// <summary>What is packed into shards, and how.</summary>
public sealed record PackOptions
{
    /// <summary>
    /// A table (<c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c>, <c>.parquet</c>), a folder that holds one, a folder for each class, or a folder of
    /// images or clips with a <c>.txt</c> or <c>.json</c> beside each.
    /// </summary>
    public required string Input { get; init; }

    /// <summary>New folder for the shards, or one that an interrupted run of the same command has begun.</summary>
    public required string Output { get; init; }

    /// <summary>What paths of a table are relative to; its own folder by default.</summary>
    public string? Root { get; init; }

    /// <summary>Column of the paths; guessed from its name by default.</summary>
    public string? PathColumn { get; init; }

    /// <summary>Columns of captions; guessed by default, <c>none</c> takes none.</summary>
    public IReadOnlyList<string>? CaptionColumns { get; init; }

    /// <summary>Column of the class; guessed by default, <c>none</c> takes none.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>Column of the samples' keys; guessed by default, <c>none</c> makes them of the paths.</summary>
    public string? IdColumn { get; init; }

    /// <summary>
    /// File of class names, one a line, whose order is that of the class indices; by default <c>classnames.txt</c> beside the table, else
    /// the labels in ordinal order.
    /// </summary>
    public string? Classes { get; init; }

    /// <summary>Parts by share; null makes one part, <c>train</c>.</summary>
    public IReadOnlyList<SplitShare>? Splits { get; init; }

    /// <summary>Column with the name of each row's part, in place of <see cref="Splits"/>.</summary>
    public string? SplitColumn { get; init; }

    /// <summary>Column of which rows of one value go to one part; by default rows of one path do.</summary>
    public string? GroupColumn { get; init; }

    /// <summary>Of the parts and of the order where it is shuffled.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>Whether rows are put in a random order; null does it for class folders, which would come sorted by class.</summary>
    public bool? Shuffle { get; init; }

    /// <summary>Images whose longer side is longer are shrunk to it and stored as JPEG; null copies every file as it is.</summary>
    public int? MaxSide { get; init; }

    /// <summary>Where a shard ends.</summary>
    public ShardSize ShardSize { get; init; } = ShardSize.Default;

    /// <summary>Files read and decoded at a time; 0 takes one per processor. The shards are the same whatever it is.</summary>
    public int Workers { get; init; }

    /// <summary>Share of rows that cannot be used above which the run stops; looked at from 1,000 rows on and at the end.</summary>
    public double BadLimit { get; init; } = 0.05;

    /// <summary>Whether images are decoded whole, and clips opened, in place of a look at their first bytes.</summary>
    public bool Verify { get; init; }
}
