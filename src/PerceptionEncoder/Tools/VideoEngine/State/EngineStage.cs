namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>A stage of the video engine; a clip goes through them in this order.</summary>
public enum EngineStage
{
    /// <summary>Single frames are described.</summary>
    Frames,

    /// <summary>The whole clip is described.</summary>
    Clip,

    /// <summary>What is known becomes one caption.</summary>
    Summary,

    /// <summary>Clips with their captions go into shards.</summary>
    Write,
}
