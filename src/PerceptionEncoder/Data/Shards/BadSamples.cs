namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// The account of what could not be used: skipped samples by reason, each time they are drawn, and faults of the shards themselves (damage,
/// repeated members), once each. Safe from several threads.
/// </summary>
public sealed class BadSamples
{
    /// <summary>Reason of a fault: the tar is cut, damaged or empty; what comes before the damage is used.</summary>
    public const string DamagedShard = "damaged shard";

    /// <summary>Reason of a fault: a sample has a member twice; the first is used.</summary>
    public const string RepeatedMember = "repeated member";

    /// <summary>Reason of a fault: a member is larger than any that is read; its sample goes without it.</summary>
    public const string MemberTooLarge = "member too large";

    /// <summary>
    /// Reason of a fault: the members of a sample are not next to each other, so that each counts as a sample of its own.
    /// </summary>
    public const string MembersApart = "members apart";

    /// <summary>Reason of a fault: files of other kinds lie among those that are read.</summary>
    public const string PassedOver = "files passed over";

    /// <summary>Reason of a fault that costs time and no sample: a shard's source failed on the way and was opened again.</summary>
    public const string Retried = "source retried";

    /// <summary>Distinct cases that are remembered, so that later epochs do not log them again; further ones are only counted.</summary>
    private const int MaximumRemembered = 100_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, long> skipped;
    private readonly Dictionary<string, long> faults = [];
    private readonly HashSet<(string Reason, string Shard, string? Key)> seen = [];
    private BadSample? first;
    private int membersLookedFor;

    /// <param name="skippedBefore">
    /// Skipped samples by reason of earlier parts of the run; they are in the counts but not in the share.
    /// </param>
    public BadSamples(IReadOnlyDictionary<string, long>? skippedBefore = null) => skipped = skippedBefore is null ? [] : new(skippedBefore);

    /// <summary>Raised once for each bad sample or fault, on the thread that found it: for the log.</summary>
    public event Action<BadSample>? Found;

    /// <summary>Samples drawn for training, bad ones included, by this process.</summary>
    public long Draws { get; private set; }

    /// <summary>Those of them that were bad.</summary>
    public long Skipped { get; private set; }

    /// <summary>Share of the draws that gave a bad sample.</summary>
    public double Share => Draws == 0 ? 0 : (double)Skipped / Draws;

    /// <summary>Skipped samples by reason.</summary>
    public IReadOnlyDictionary<string, long> SkippedByReason => Copy(skipped);

    /// <summary>Faults of shards by reason: how many shards are damaged, how many samples repeat a member.</summary>
    public IReadOnlyDictionary<string, long> FaultsByReason => Copy(faults);

    /// <summary>The first damaged shard; null where there is none.</summary>
    internal BadSample? Damage { get; private set; }

    /// <summary>Whether this is the first call: whether members are apart is looked at once a run.</summary>
    internal bool MayLookForMembers() => Interlocked.Exchange(ref membersLookedFor, 1) == 0;

    /// <summary>Counts a fault of a shard the first time it is met.</summary>
    internal void AddFault(BadSample fault)
    {
        lock (gate)
        {
            if (!Remember(fault))
            {
                return;
            }

            faults[fault.Reason] = faults.GetValueOrDefault(fault.Reason) + 1;
            Damage ??= fault.Reason == DamagedShard ? fault : null;
        }

        Found?.Invoke(fault);
    }

    /// <summary>Counts a draw and, where it gave none, why.</summary>
    internal void AddDraw(BadSample? bad)
    {
        bool isNew;
        lock (gate)
        {
            Draws++;
            if (bad is null)
            {
                return;
            }

            Skipped++;
            skipped[bad.Reason] = skipped.GetValueOrDefault(bad.Reason) + 1;
            first ??= bad;
            isNew = Remember(bad);
        }

        if (isNew)
        {
            Found?.Invoke(bad);
        }
    }

    /// <summary>The commonest reason and the first sample, for messages; empty where nothing was skipped.</summary>
    internal string Describe()
    {
        lock (gate)
        {
            return first is null
                ? ""
                : $"mostly '{skipped.MaxBy(pair => pair.Value).Key}', first '{first.Key}' in {first.Shard} ({first.Detail})";
        }
    }

    private bool Remember(BadSample bad) => seen.Count < MaximumRemembered && seen.Add((bad.Reason, bad.Shard, bad.Key));

    private Dictionary<string, long> Copy(Dictionary<string, long> counts)
    {
        lock (gate)
        {
            return new(counts);
        }
    }
}
