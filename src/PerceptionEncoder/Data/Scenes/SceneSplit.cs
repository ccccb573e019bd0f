namespace PerceptionEncoder.Data.Scenes;

/// <summary>Side of the split by <see cref="SceneDescription.Split"/>.</summary>
public enum SceneSplit
{
    /// <summary>Seven eighths of all descriptions.</summary>
    Train,

    /// <summary>The eighth that no training scene shows, whatever the seed.</summary>
    Test,
}
