using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Counts what cannot be used, by reason.</summary>
internal sealed class ProblemTally
{
    private const int MostExamples = 5;

    /// <summary>Of these a sample is used as far as it goes, or the shard as far as it can be read.</summary>
    private static readonly HashSet<string> Used =
    [
        SampleInspector.CutClip, BadSamples.RepeatedMember, BadSamples.Retried, BadSamples.DamagedShard, BadSamples.MembersApart,
        BadSamples.PassedOver, BadSamples.MemberTooLarge, SampleTexts.DamagedJsonBeside,
    ];

    private readonly Dictionary<string, (long Count, IReadOnlyList<InspectedExample> Examples)> reasons = new(StringComparer.Ordinal);

    /// <summary>Cases of all reasons.</summary>
    public long Count => reasons.Values.Sum(reason => reason.Count);

    /// <summary>Whether a problem with this reason leaves its sample out of training.</summary>
    public static bool IsLeftOut(string reason) => !Used.Contains(reason);

    public void Add(BadSample bad)
    {
        // Messages of exceptions begin with the reason, which stands beside the example anyway.
        var (reason, detail) = ($"{bad.Reason}: ", bad.Detail);
        detail = detail.StartsWith(reason, StringComparison.Ordinal) ? detail[reason.Length..] : detail;
        Add(bad.Reason, 1, [new InspectedExample(new InspectedSample(bad.Shard, bad.Key), detail)]);
    }

    /// <summary>Adds all that another has counted.</summary>
    public void Add(ProblemTally other)
    {
        foreach (var (reason, (count, examples)) in other.reasons)
        {
            Add(reason, count, examples);
        }
    }

    private void Add(string reason, long count, IReadOnlyList<InspectedExample> examples)
    {
        var before = reasons.GetValueOrDefault(reason, (0, []));
        reasons[reason] = (
            before.Count + count,
            before.Examples.Count >= MostExamples ? before.Examples : [.. before.Examples.Concat(examples).Take(MostExamples)]);
    }

    public IReadOnlyList<InspectedProblem> Summarize() =>
    [
        .. reasons.OrderByDescending(pair => pair.Value.Count).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new InspectedProblem(pair.Key, pair.Value.Count, IsLeftOut(pair.Key), pair.Value.Examples)),
    ];
}
