namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Where a single object is.</summary>
internal enum ScenePlace
{
    /// <summary>In the middle.</summary>
    Middle,

    /// <summary>On the left, half way up.</summary>
    Left,

    /// <summary>On the right, half way up.</summary>
    Right,

    /// <summary>At the top, in the middle column.</summary>
    Top,

    /// <summary>At the bottom, in the middle column.</summary>
    Bottom,
}
