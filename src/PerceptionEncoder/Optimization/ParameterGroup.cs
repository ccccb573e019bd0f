using TorchSharp.Modules;

namespace PerceptionEncoder.Optimization;

/// <summary>Parameters that share a weight decay and a share of the learning rate.</summary>
/// <param name="Parameters">By state-dict name.</param>
/// <param name="WeightDecay">Of all of them.</param>
/// <param name="RateShare">Factor on the learning rate.</param>
public sealed record ParameterGroup(IReadOnlyList<(string Name, Parameter Parameter)> Parameters, double WeightDecay, double RateShare = 1)
{
    /// <summary>Splits parameters into those that decay and those that do not, and these by their share of the learning rate.</summary>
    /// <param name="parameters">By state-dict name.</param>
    /// <param name="rule">Which of them decay.</param>
    /// <param name="weightDecay">Of those.</param>
    /// <param name="rateShare">Factor on the learning rate by name; null for 1.</param>
    public static IReadOnlyList<ParameterGroup> Split(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        DecayRule rule,
        double weightDecay,
        Func<string, double>? rateShare = null)
        => [.. parameters.GroupBy(
            entry => (Decays: rule == DecayRule.All || IsMatrix(entry.Name, entry.Parameter), Share: rateShare?.Invoke(entry.Name) ?? 1))
            .OrderByDescending(group => group.Key.Decays)
            .Select(group => new ParameterGroup([.. group], group.Key.Decays ? weightDecay : 0, group.Key.Share))];

    private static bool IsMatrix(string name, Parameter parameter)
        => parameter.dim() >= 2
            && !name.EndsWith("positional_embedding", StringComparison.Ordinal)
            && !name.EndsWith("class_embedding", StringComparison.Ordinal);
}
