namespace PerceptionEncoder.Tools.VideoEngine.Prompts;

/// <summary>Letters that captions may be written in.</summary>
public enum AnswerScript
{
    /// <summary>Latin, but for names here and there: the paper's captions are English.</summary>
    Latin,

    /// <summary>All.</summary>
    Any,
}
