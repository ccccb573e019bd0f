namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Colours of objects; none starts with a vowel, so that "a {colour} {shape}" is always English.</summary>
internal enum SceneColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Pink.</summary>
    Pink,

    /// <summary>Cyan.</summary>
    Cyan,

    /// <summary>Brown.</summary>
    Brown,
}
