namespace PerceptionEncoder.Inference;

/// <summary>An answer.</summary>
/// <param name="Text">What it says, without what ends it.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="End">Why it ends.</param>
/// <param name="LogProbability">Of all its tokens together, by the model without temperature and cuts.</param>
public sealed record GeneratedText(string Text, IReadOnlyList<int> Ids, GenerationEnd End, double LogProbability);
