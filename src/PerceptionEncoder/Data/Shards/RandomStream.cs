namespace PerceptionEncoder.Data.Shards;

/// <summary>What a random number is for: hashed along with its counters, so that equal counters of different uses are unrelated.</summary>
internal enum RandomStream : ulong
{
    /// <summary>Order of the shards: (seed, source, epoch).</summary>
    ShardOrder = 1,

    /// <summary>Order inside a shuffle window: (seed, source, epoch, window).</summary>
    WindowOrder = 2,

    /// <summary>Source of a draw: (seed, draw).</summary>
    SourceChoice = 3,

    /// <summary>Augmentation of a sample: (seed, source, epoch, window, index in the window).</summary>
    Sample = 4,

    /// <summary>Corruption of an evaluation picture: (seed, corruption, index in the set).</summary>
    Corruption = 5,

    /// <summary>Which of several captions: (seed of the sample).</summary>
    Caption = 6,

    /// <summary>Which text of a list of captions: (seed of the sample).</summary>
    CaptionOfList = 7,

    /// <summary>A shard drawn with replacement: (seed, source, draw).</summary>
    ShardDraw = 8,
}
