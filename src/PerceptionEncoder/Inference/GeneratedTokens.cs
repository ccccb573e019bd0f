namespace PerceptionEncoder.Inference;

/// <summary>What a model made of one prompt.</summary>
/// <param name="Ids">New tokens, without the one that ends the answer.</param>
/// <param name="End">Why it ends.</param>
/// <param name="LogProbability">Of all drawn tokens together, the ending one too, by the model without temperature and cuts.</param>
internal sealed record GeneratedTokens(IReadOnlyList<int> Ids, GenerationEnd End, double LogProbability)
{
    /// <summary>With beams, all that were still followed at the end, the best first.</summary>
    public IReadOnlyList<GeneratedTokens> Beams { get; init; } = [];
}
