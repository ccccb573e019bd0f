namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// How the first of two objects stands to the second. Right of, below and around are the same scenes told from the second object.
/// </summary>
internal enum SceneRelation
{
    /// <summary>The first is left of the second.</summary>
    LeftOf,

    /// <summary>The first is above the second.</summary>
    Above,

    /// <summary>The first, small, lies on the middle of the second, large.</summary>
    Inside,
}
