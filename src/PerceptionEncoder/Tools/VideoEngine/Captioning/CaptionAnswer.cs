namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>What a model answers.</summary>
/// <param name="Text">As it came.</param>
/// <param name="InputTokens">Of the question, pictures included; an estimate where the endpoint does not say.</param>
/// <param name="OutputTokens">Of the answer; likewise.</param>
internal sealed record CaptionAnswer(string Text, long InputTokens, long OutputTokens)
{
    /// <summary>The answer was longer than it may be and was cut.</summary>
    public bool IsCut { get; init; }

    /// <summary>The model, or a filter behind it, says that it does not answer.</summary>
    public bool IsRefusal { get; init; }
}
