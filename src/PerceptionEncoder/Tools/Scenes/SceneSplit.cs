namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Side of the split by <see cref="SceneDescription.Split"/>.</summary>
public enum SceneSplit
{
    /// <summary>Five sixths of all descriptions.</summary>
    Train,

    /// <summary>The sixth that no training scene shows, whatever the seed.</summary>
    Test,
}
