namespace PerceptionEncoder.Tools.Scenes.Moving;

/// <summary>What an object does in a clip. Neighbours (0 and 1, 2 and 3, ...) are each other played backwards.</summary>
internal enum SceneMotion
{
    /// <summary>From left to right.</summary>
    Rightwards,

    /// <summary>From right to left.</summary>
    Leftwards,

    /// <summary>From top to bottom.</summary>
    Downwards,

    /// <summary>From bottom to top.</summary>
    Upwards,

    /// <summary>From small to large.</summary>
    Growing,

    /// <summary>From large to small.</summary>
    Shrinking,

    /// <summary>The picture is empty at first.</summary>
    Appearing,

    /// <summary>The picture is empty at last.</summary>
    Disappearing,
}
