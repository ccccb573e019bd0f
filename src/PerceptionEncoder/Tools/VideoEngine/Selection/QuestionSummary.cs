namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What was answered to one question.</summary>
/// <param name="Name">Of the question.</param>
/// <param name="Yes">Clips of which it is true.</param>
/// <param name="No">Clips of which it is not.</param>
/// <param name="Unknown">Clips with no clear answer; they are kept.</param>
public sealed record QuestionSummary(string Name, long Yes, long No, long Unknown);
