namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Counts samples by a name.</summary>
/// <param name="withBytes">Whether bytes are counted too.</param>
internal sealed class CountTally(bool withBytes = false)
{
    private const int MostNames = 10_000;           // a set whose every sample has names of its own must not fill the memory
    private const string Others = "others";

    private readonly Dictionary<string, (long Samples, long Bytes)> counts = new(StringComparer.Ordinal);

    public void Add(string name, long bytes = 0)
    {
        var key = counts.Count < MostNames || counts.ContainsKey(name) ? name : Others;
        var (samples, before) = counts.GetValueOrDefault(key);
        counts[key] = (samples + 1, before + bytes);
    }

    /// <summary>The commonest first; what is beyond so many is one entry.</summary>
    public IReadOnlyList<InspectedCount> Summarize(int most)
    {
        var sorted = counts.OrderByDescending(pair => pair.Value.Samples).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new InspectedCount(pair.Key, pair.Value.Samples, withBytes ? pair.Value.Bytes : null)).ToArray();
        return sorted.Length <= most ? sorted :
        [
            .. sorted.Take(most),
            new InspectedCount(
                $"{sorted.Length - most} {Others}",
                sorted.Skip(most).Sum(count => count.Samples),
                withBytes ? sorted.Skip(most).Sum(count => count.Bytes) : null),
        ];
    }
}
