namespace PerceptionEncoder.Distributed;

/// <summary>What a line between ranks says.</summary>
internal enum WatchKind
{
    /// <summary>A rank presents itself.</summary>
    Hello,

    /// <summary>The first rank knows it.</summary>
    Welcome,

    /// <summary>Where a rank stands.</summary>
    Report,

    /// <summary>The first rank lives.</summary>
    Alive,

    /// <summary>A rank has failed: the job ends.</summary>
    Failed,

    /// <summary>A rank is through.</summary>
    Leaving,
}
