namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Finds what comes more than once.</summary>
internal sealed class DuplicateTally
{
    private const int MostGroups = 20;
    private const int MostMembers = 8;
    private const int MostText = 200;

    private readonly Dictionary<UInt128, InspectedSample> firsts = [];
    private readonly Dictionary<UInt128, Group> groups = [];

    /// <summary>Counts a sample.</summary>
    /// <param name="hash">Of what may come more than once.</param>
    /// <param name="sample">That has it.</param>
    /// <param name="text">What it is, for those who read the report; may be empty.</param>
    public void Add(UInt128 hash, InspectedSample sample, string text)
    {
        if (firsts.TryAdd(hash, sample))
        {
            return;
        }

        if (!groups.TryGetValue(hash, out var group))
        {
            groups.Add(hash, group = new Group(text.Length > MostText ? text[..MostText] + "…" : text, [firsts[hash]]));
        }

        group.Samples++;
        if (group.Members.Count < MostMembers)
        {
            group.Members.Add(sample);
        }
    }

    /// <summary>All of them, and the largest groups.</summary>
    public InspectedDuplicates Summarize() => new(
        groups.Count,
        groups.Values.Sum(group => group.Samples - 1),
        [.. groups.Values.OrderByDescending(group => group.Samples)
            .ThenBy(group => group.Members[0].Shard, StringComparer.Ordinal).ThenBy(group => group.Members[0].Key, StringComparer.Ordinal)
            .Take(MostGroups).Select(group => new InspectedGroup(group.Samples, group.Text, group.Members))]);

    private sealed class Group(string text, List<InspectedSample> members)
    {
        public string Text => text;

        public List<InspectedSample> Members => members;

        public long Samples { get; set; } = 1;
    }
}
