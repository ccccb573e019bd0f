using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// Who looks at which clip, and what was said of it. Each call is one transaction: it is on the disk when it returns, or has not been. A
/// clip is lent to one browser at a time, by a lease that ends where nobody renews it, so that no two reviewers ever look at the same one,
/// and a clip is not lost with the browser. Some clips are reviewed twice, by different people.
/// </summary>
/// <param name="database">The file.</param>
/// <param name="clock">Tells when leases end.</param>
internal sealed class ReviewStore(SqliteFile database, TimeProvider clock) : IDisposable
{
    /// <summary>What a clip must be to be shown to $reviewer.</summary>
    private const string Wanted = """
        c.open > 0
        AND EXISTS (SELECT 1 FROM temp.served s WHERE s.clip = c.id)
        AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.clip = c.id AND d.reviewer = $reviewer AND d.undone IS NULL)
        """;

    /// <summary>What counts as a review of a clip.</summary>
    private const string IsCounted = "undone IS NULL AND verdict <> 'skipped'";

    /// <summary>How many reviews a clip still needs.</summary>
    private const string OpenReviews =
        $"max(0, passes - (SELECT count(*) FROM decision WHERE decision.clip = clip.id AND {IsCounted}))";

    private const string Columns =
        "d.request, d.client, d.reviewer, d.clip, d.verdict, d.draft, d.caption, d.spans, d.seconds, d.time";

    private long served;                                        // clips, and the reviews wanted of them: the same while they are served
    private long reviews;
    private long open;                                          // reviews that are still needed, as of the state's version
    private long? version;                                      // null where they must be counted anew

    /// <summary>The same for as long as the file lives; tells what browsers keep for it from what they keep for others.</summary>
    public string Id => database.Read(() => (string)database.Value("SELECT id FROM state")!);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens the file.</summary>
    /// <exception cref="UserErrorException">As of <see cref="ReviewDatabase.Open"/>.</exception>
    public static ReviewStore Open(string path, bool create = true, TimeProvider? clock = null)
        => new(ReviewDatabase.Open(path, create), clock ?? TimeProvider.System);

    /// <summary>Names the clips that are reviewed here; those that the state has not seen yet are added.</summary>
    /// <param name="clips">In the order in which they are offered.</param>
    /// <param name="doubleShare">Of the clips that two people review: which ones is decided by their names.</param>
    /// <returns>The number by which the state knows each.</returns>
    public long[] Serve(IReadOnlyList<ReviewSample> clips, double doubleShare) => database.Write(() =>
    {
        foreach (var shard in clips.Select(clip => clip.Shard).Distinct())
        {
            database.Run(
                "INSERT INTO shard (name, path) VALUES ($name, $path) ON CONFLICT (name) DO UPDATE SET path = excluded.path",
                ("$name", shard.Name),
                ("$path", shard.Path));
        }

        var insert = database.Repeated(
            """
            INSERT INTO clip (shard, key, passes, open) VALUES ($shard, $key, $passes, $passes)
            ON CONFLICT (shard, key) DO UPDATE SET passes = excluded.passes RETURNING id
            """,
            "$shard",
            "$key",
            "$passes");
        var serve = database.Repeated("INSERT OR IGNORE INTO temp.served (clip) VALUES ($clip)", "$clip");
        var ids = new long[clips.Count];
        foreach (var (index, clip) in clips.Index())
        {
            ids[index] = (long)insert([clip.Shard.Name, clip.Key, Part(clip) < doubleShare ? 2L : 1L])!;
            serve([ids[index]]);
        }

        database.Run($"UPDATE clip SET open = {OpenReviews} WHERE id IN (SELECT clip FROM temp.served)");
        (served, reviews) = database.Rows(
            "SELECT count(*), coalesce(sum(passes), 0) FROM clip WHERE id IN (SELECT clip FROM temp.served)",
            row => (row.GetInt64(0), row.GetInt64(1))).Single();
        version = null;
        return ids;
    });

    /// <summary>Lends the browser a clip: the one it has, else the next that nobody has and that needs this person's review.</summary>
    /// <returns>Null where there is none.</returns>
    public long? Take(string client, string reviewer, TimeSpan lease) => database.Write(() =>
    {
        database.Run("DELETE FROM lease WHERE expires <= $now", ("$now", Now));
        var clip = database.Value(
                $"SELECT c.id FROM lease l JOIN clip c ON c.id = l.clip WHERE l.client = $client AND {Wanted}",
                ("$client", client),
                ("$reviewer", reviewer))
            ?? database.Value(
                $"""
                SELECT c.id FROM clip c INDEXED BY open_clip
                WHERE {Wanted} AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.clip = c.id AND l.client <> $client)
                ORDER BY c.id LIMIT 1
                """,
                ("$client", client),
                ("$reviewer", reviewer));
        Lend((long?)clip, client, lease);
        return (long?)clip;
    });

    /// <summary>Puts off the end of a lease.</summary>
    /// <returns>Whether the browser still has the clip, or has it again because nobody else took it.</returns>
    public bool Renew(string client, string reviewer, long clip, TimeSpan lease) => database.Write(() =>
    {
        var isFree = (Holder(clip) is not { } holder || holder == client) && IsWanted(clip, reviewer);
        if (isFree)
        {
            Lend(clip, client, lease);
        }

        return isFree;
    });

    /// <summary>Writes a decision down and ends its lease.</summary>
    public DecisionOutcome Decide(ReviewDecision decision) => Counted(() =>
    {
        if (database.Value("SELECT 1 FROM decision WHERE request = $request", ("$request", decision.Request)) is not null)
        {
            return DecisionOutcome.Saved;
        }

        if (Holder(decision.Clip) is { } holder && holder != decision.Client)
        {
            return DecisionOutcome.Taken;
        }

        if (!IsWanted(decision.Clip, decision.Reviewer))
        {
            return DecisionOutcome.Closed;
        }

        database.Run(
            """
            INSERT INTO decision (request, clip, client, reviewer, verdict, draft, caption, spans, seconds, time)
            VALUES ($request, $clip, $client, $reviewer, $verdict, $draft, $caption, $spans, $seconds, $time)
            """,
            ("$request", decision.Request),
            ("$clip", decision.Clip),
            ("$client", decision.Client),
            ("$reviewer", decision.Reviewer),
            ("$verdict", NameOf(decision.Verdict)),
            ("$draft", decision.Draft),
            ("$caption", decision.Caption),
            ("$spans", JsonSerializer.Serialize(decision.Spans)),
            ("$seconds", decision.Seconds),
            ("$time", Now));
        database.Run("DELETE FROM lease WHERE clip = $clip", ("$clip", decision.Clip));
        Count(decision.Clip);
        return DecisionOutcome.Saved;
    });

    /// <summary>Takes back the last decision that was made in this browser by this person, and lends its clip again.</summary>
    public UndoneReview Undo(string client, string reviewer, TimeSpan lease) => Counted(() =>
    {
        var last = database.Rows(
            $"""
            SELECT {Columns} FROM decision d
            WHERE d.client = $client AND d.reviewer = $reviewer AND d.undone IS NULL
              AND EXISTS (SELECT 1 FROM temp.served s WHERE s.clip = d.clip)
            ORDER BY d.id DESC LIMIT 1
            """,
            Decision,
            ("$client", client),
            ("$reviewer", reviewer)).FirstOrDefault();
        if (last is null || (Holder(last.Clip) is { } holder && holder != client))
        {
            return new UndoneReview(null, IsTaken: last is not null);
        }

        database.Run("UPDATE decision SET undone = $now WHERE request = $request", ("$now", Now), ("$request", last.Request));
        Count(last.Clip);
        Lend(last.Clip, client, lease);
        return new UndoneReview(last);
    });

    /// <summary>Offers a person again what that person had skipped.</summary>
    /// <returns>How many clips.</returns>
    public int TakeUpSkipped(string reviewer) => database.Write(() => database.Run(
        "UPDATE decision SET undone = $now WHERE reviewer = $reviewer AND verdict = 'skipped' AND undone IS NULL",
        ("$now", Now),
        ("$reviewer", reviewer)));

    /// <summary>
    /// How far the review has come. It is asked with each clip: only what a person has decided is looked at, and all clips only where
    /// another server on this state has written since.
    /// </summary>
    public ReviewProgress Progress(string reviewer) => database.Read(() =>
    {
        var now = (long)database.Value("PRAGMA data_version")!;                 // moves with what others write, not with what we do
        if (version != now)
        {
            open = (long)database.Value("SELECT coalesce(sum(open), 0) FROM clip WHERE open > 0 AND id IN (SELECT clip FROM temp.served)")!;
            version = now;
        }

        var (mine, skipped) = database.Rows(
            """
            SELECT count(*) FILTER (WHERE verdict <> 'skipped'), count(*) FILTER (WHERE verdict = 'skipped')
            FROM decision d WHERE reviewer = $reviewer AND undone IS NULL AND EXISTS (SELECT 1 FROM temp.served s WHERE s.clip = d.clip)
            """,
            row => (row.GetInt64(0), row.GetInt64(1)),
            ("$reviewer", reviewer)).Single();
        return new ReviewProgress(served, reviews, reviews - open, mine, skipped);
    });

    /// <summary>All decisions that hold, in the order of their clips and times.</summary>
    public IReadOnlyList<StoredReview> Reviews() => database.Read(() => database.Rows(
        $"""
        SELECT {Columns}, c.shard, h.path, c.key
        FROM decision d JOIN clip c ON c.id = d.clip JOIN shard h ON h.name = c.shard
        WHERE d.undone IS NULL ORDER BY c.id, d.id
        """,
        row => new StoredReview(
            row.GetString(10),
            row.GetString(11),
            row.GetString(12),
            Decision(row),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)))));

    /// <summary>Where the shards lay that were ever reviewed with this state, by name.</summary>
    public IReadOnlyList<string> ShardPaths()
        => database.Read(() => database.Rows("SELECT path FROM shard ORDER BY name", row => row.GetString(0)));

    public void Dispose() => database.Dispose();

    /// <summary>Where a clip lies between 0 and 1, by its name alone.</summary>
    internal static double Part(ReviewSample clip)
        => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{clip.Shard.Name}\n{clip.Key}")))
            / (1.0 + ulong.MaxValue);

    /// <summary>Writes what may change how many reviews are needed; where it fails, nobody knows what of it counts.</summary>
    private T Counted<T>(Func<T> work)
    {
        try
        {
            return database.Write(work);
        }
        catch
        {
            version = null;
            throw;
        }
    }

    private void Count(long clip)
    {
        var before = (long)database.Value("SELECT open FROM clip WHERE id = $clip", ("$clip", clip))!;
        open += (long)database.Value($"UPDATE clip SET open = {OpenReviews} WHERE id = $clip RETURNING open", ("$clip", clip))! - before;
    }

    private bool IsWanted(long clip, string reviewer) => database.Value(
        $"SELECT 1 FROM clip c WHERE c.id = $clip AND {Wanted}",
        ("$clip", clip),
        ("$reviewer", reviewer)) is not null;

    /// <summary>The browser that looks at a clip; null where none does.</summary>
    private string? Holder(long clip)
        => (string?)database.Value("SELECT client FROM lease WHERE clip = $clip AND expires > $now", ("$clip", clip), ("$now", Now));

    /// <summary>A browser has one clip at a time.</summary>
    private void Lend(long? clip, string client, TimeSpan lease)
    {
        database.Run("DELETE FROM lease WHERE client = $client", ("$client", client));
        if (clip is { } lent)
        {
            database.Run(
                """
                INSERT INTO lease (clip, client, expires) VALUES ($clip, $client, $expires)
                ON CONFLICT (clip) DO UPDATE SET client = excluded.client, expires = excluded.expires
                """,
                ("$clip", lent),
                ("$client", client),
                ("$expires", Now + (long)lease.TotalMilliseconds));
        }
    }

    private static string NameOf(ReviewVerdict verdict) => JsonNamingPolicy.SnakeCaseLower.ConvertName(verdict.ToString());

    private static ReviewDecision Decision(SqliteDataReader row) => new(
        row.GetString(0),
        row.GetString(1),
        row.GetString(2),
        row.GetInt64(3),
        Enum.Parse<ReviewVerdict>(row.GetString(4), ignoreCase: true),
        row.GetString(5),
        row.IsDBNull(6) ? null : row.GetString(6),
        JsonSerializer.Deserialize<FlaggedSpan[]>(row.GetString(7))!,
        row.GetDouble(8));
}
