namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>The answer that keeps a clip.</summary>
public enum KeptAnswer
{
    /// <summary>Clips of which it is true.</summary>
    Yes,

    /// <summary>Clips of which it is not.</summary>
    No,
}
