namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>How far an evaluation has come.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="Done">Samples passed so far, unreadable ones and those of an interrupted session included.</param>
/// <param name="Total">Samples there are.</param>
/// <param name="PerSecond">Samples a second in this session.</param>
/// <param name="EncoderShare">Share of the time in which the encoder worked.</param>
public readonly record struct EvaluationProgress(string Set, long Done, long Total, double PerSecond, double EncoderShare)
{
    /// <summary>Time to the last sample at this rate; null before there is a rate.</summary>
    public TimeSpan? Left => PerSecond > 0 ? TimeSpan.FromSeconds((Total - Done) / PerSecond) : null;
}
