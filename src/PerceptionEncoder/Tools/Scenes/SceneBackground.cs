namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Colours of the background; no object has one of these.</summary>
public enum SceneBackground
{
    /// <summary>White.</summary>
    White,

    /// <summary>Middle grey.</summary>
    Grey,

    /// <summary>Black.</summary>
    Black,
}
