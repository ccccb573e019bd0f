namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Sizes of a single object; the two ranges of radii do not meet.</summary>
internal enum SceneSize
{
    /// <summary>About a third of the picture across.</summary>
    Small,

    /// <summary>About two thirds of the picture across.</summary>
    Large,
}
