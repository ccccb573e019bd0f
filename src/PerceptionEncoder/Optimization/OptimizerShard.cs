using PerceptionEncoder.Distributed;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// Which rank updates which parameter, where each has the optimiser's state of its own alone (ZeRO-1, arXiv 1910.02054). Whole tensors, as
/// LAMB's norms need them; balanced by size.
/// </summary>
/// <param name="Ranks">That share the parameters.</param>
/// <param name="Owners">Rank by name of the parameter.</param>
internal sealed record OptimizerShard(ICollective Ranks, IReadOnlyDictionary<string, int> Owners)
{
    /// <summary>The parameters dealt to the ranks: the same on every rank.</summary>
    public static OptimizerShard Balance(ICollective ranks, IEnumerable<(string Name, long Elements)> parameters)
        => new(ranks, Deal(ranks.Size, parameters));

    /// <summary>The largest first, each to the rank that has least.</summary>
    /// <returns>Rank by name of the parameter.</returns>
    public static IReadOnlyDictionary<string, int> Deal(int ranks, IEnumerable<(string Name, long Elements)> parameters)
    {
        var (loads, owners) = (new long[ranks], new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var (name, elements) in parameters
            .OrderByDescending(parameter => parameter.Elements)
            .ThenBy(parameter => parameter.Name, StringComparer.Ordinal))
        {
            var least = Array.IndexOf(loads, loads.Min());
            owners[name] = least;
            loads[least] += elements;
        }

        return owners;
    }

    /// <summary>Whether this rank updates a parameter.</summary>
    public bool IsOwn(string name) => Owners[name] == Ranks.Rank;
}
