namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Shapes of objects.</summary>
internal enum SceneShape
{
    /// <summary>Filled disc.</summary>
    Circle,

    /// <summary>Filled square.</summary>
    Square,

    /// <summary>Equilateral triangle, point upwards.</summary>
    Triangle,

    /// <summary>Star with five points.</summary>
    Star,

    /// <summary>Disc with a round hole.</summary>
    Ring,

    /// <summary>Upright cross with four equal arms.</summary>
    Cross,
}
