using TorchSharp.Modules;

namespace PerceptionEncoder.Optimization;

/// <summary>Parameters that share a weight decay.</summary>
/// <param name="Parameters">By state-dict name.</param>
/// <param name="WeightDecay">Of all of them.</param>
public sealed record ParameterGroup(IReadOnlyList<(string Name, Parameter Parameter)> Parameters, double WeightDecay)
{
    /// <summary>Splits parameters into those that decay and those that do not.</summary>
    public static IReadOnlyList<ParameterGroup> Split(IEnumerable<(string Name, Parameter Parameter)> parameters, DecayRule rule, double weightDecay)
    {
        var byDecay = parameters.ToLookup(entry => rule == DecayRule.All || IsMatrix(entry.Name, entry.Parameter));
        return new[] { (Decays: true, Decay: weightDecay), (Decays: false, Decay: 0.0) }
            .Where(group => byDecay.Contains(group.Decays))
            .Select(group => new ParameterGroup(byDecay[group.Decays].ToArray(), group.Decay))
            .ToArray();
    }

    private static bool IsMatrix(string name, Parameter parameter)
        => parameter.dim() >= 2
            && !name.EndsWith("positional_embedding", StringComparison.Ordinal)
            && !name.EndsWith("class_embedding", StringComparison.Ordinal);
}
