namespace PerceptionEncoder.Inference;

/// <summary>Why an answer ends.</summary>
public enum GenerationEnd
{
    /// <summary>The model said so, or a stop sequence came.</summary>
    Stop,

    /// <summary>It has as many tokens as it may.</summary>
    Length,

    /// <summary>The caller did not want more.</summary>
    Cancelled,
}
