using System.Text.Json;
using Microsoft.Data.Sqlite;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>
/// What a run has: every answer that came, in one transaction each, so that a process that is killed loses and repeats none. Safe to share
/// between threads; another process is kept out.
/// </summary>
internal sealed class EngineState : IDisposable
{
    /// <summary>Its name in the run's folder.</summary>
    public const string FileName = "engine.sqlite";

    private readonly Lock gate = new();
    private readonly StateFile file;
    private readonly FileStream? processLock;
    private readonly StageRecords stages;

    private EngineState(string path, FileStream? processLock)
    {
        (file, this.processLock) = (StateFile.Open(path), processLock);
        stages = new StageRecords(path, file);
    }

    /// <summary>Opens a run's state for this process alone.</summary>
    /// <param name="folder">The run's, made if absent.</param>
    /// <exception cref="UserErrorException">Another process has it, it is of a newer version, or cannot be used.</exception>
    public static EngineState Open(string folder)
    {
        AtomicFolder.Create(folder);
        var (lockPath, path) = (Path.Combine(folder, ".lock"), Path.Combine(folder, FileName));
        FileStream processLock;
        try
        {
            processLock = new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (File.Exists(lockPath))
        {
            throw new UserErrorException(
                $"{folder}: another process works in this run folder. Wait for it, stop it, or choose another run.name.",
                failure);
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException($"{folder}: cannot be written ({failure.Message}). Choose a writable run.output.", failure);
        }

        try
        {
            return new EngineState(path, processLock);
        }
        catch
        {
            processLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a run's state to look at it, also while a process works on it; null where there is none yet.</summary>
    /// <exception cref="UserErrorException">It is of a newer version, or cannot be used.</exception>
    public static EngineState? Look(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? new EngineState(path, null) : null;
    }

    /// <summary>Compares a stage with what its answers were made by, and keeps it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">What decides its answers, as YAML.</param>
    /// <param name="prompt">Version of its prompt.</param>
    /// <param name="drops">Drops the answers of a stage that differs, in place of refusing.</param>
    /// <exception cref="UserErrorException">It differs, and has answers: names the keys.</exception>
    public void Settle(EngineStage stage, string config, string prompt, bool drops)
    {
        lock (gate)
        {
            stages.Settle(stage, config, prompt, drops);
        }
    }

    /// <summary>How far a clip is.</summary>
    public ClipState Load(string key)
    {
        lock (gate)
        {
            var clip = file.First(
                row => (Parts: row.IsDBNull(0) ? null : row.GetString(0), Duration: row.IsDBNull(1) ? (double?)null : row.GetDouble(1)),
                "SELECT parts, duration FROM clips WHERE key = $0",
                key);
            var answers = file.Query(
                Answer,
                "SELECT stage, part, attempt, text, reason, model, prompt FROM answers WHERE key = $0 ORDER BY stage, part, attempt",
                key);
            return new ClipState(
                clip.Parts is null ? null : JsonSerializer.Deserialize<FramePart[]>(clip.Parts),
                clip.Duration,
                answers);
        }
    }

    /// <summary>Keeps what reading a clip gave; that it could not be read before is forgotten with it.</summary>
    /// <param name="stage">That read it.</param>
    /// <param name="key">Of the clip.</param>
    /// <param name="source">Where it is.</param>
    /// <param name="duration">Seconds; null where unknown.</param>
    /// <param name="parts">Frames that are described; null where the stage is another, which leaves those that are known.</param>
    public void SaveClip(EngineStage stage, string key, string source, double? duration, IReadOnlyList<FramePart>? parts) => Change(() =>
    {
        file.Execute(
            "INSERT INTO clips (key, source, duration, parts) VALUES ($0, $1, $2, $3) "
                + "ON CONFLICT (key) DO UPDATE SET duration = IFNULL($2, duration), parts = IFNULL($3, parts)",
            key,
            source,
            duration,
            parts is null ? null : JsonSerializer.Serialize(parts));
        file.Execute("DELETE FROM failures WHERE key = $0 AND stage = $1 AND part = -1", key, StageRecords.Name(stage));
    });

    /// <summary>Keeps an answer; an earlier failure of the same question is forgotten with it.</summary>
    public void Save(string key, RecordedAnswer answer) => Change(() =>
    {
        file.Execute(
            "INSERT INTO answers (key, stage, part, attempt, text, reason, model, prompt, input_tokens, output_tokens, cost, seconds) "
                + "VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            key,
            StageRecords.Name(answer.Stage),
            answer.Part,
            answer.Attempt,
            answer.Text,
            answer.Reason,
            answer.Model,
            answer.Prompt,
            answer.InputTokens,
            answer.OutputTokens,
            answer.Cost,
            answer.Seconds);
        file.Execute("DELETE FROM failures WHERE key = $0 AND stage = $1 AND part = $2", key, StageRecords.Name(answer.Stage), answer.Part);
    });

    /// <summary>Keeps why a question got no answer, or (part -1) a clip could not be used: a later run tries again.</summary>
    public void SaveFailure(string key, EngineStage stage, int part, string reason, string detail) => Change(() => file.Execute(
        "INSERT OR REPLACE INTO failures (key, stage, part, reason, detail) VALUES ($0, $1, $2, $3, $4)",
        key,
        StageRecords.Name(stage),
        part,
        reason,
        detail));

    /// <summary>What the calls of a stage came to; by null of all that were ever made, those whose answers were dropped too.</summary>
    public EngineTotals Totals(EngineStage? stage = null)
    {
        lock (gate)
        {
            return file.Query(
                row => new EngineTotals(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetDouble(3), row.GetDouble(4)),
                "SELECT IFNULL(SUM(calls), 0), IFNULL(SUM(input_tokens), 0), IFNULL(SUM(output_tokens), 0), IFNULL(SUM(cost), 0.0), "
                    + "IFNULL(SUM(seconds), 0.0) FROM (SELECT stage, 1 AS calls, input_tokens, output_tokens, cost, seconds FROM answers "
                    + "UNION ALL SELECT NULL, calls, input_tokens, output_tokens, cost, seconds FROM dropped) "
                    + "WHERE $0 IS NULL OR stage = $0",
                stage is { } one ? StageRecords.Name(one) : null)[0];
        }
    }

    /// <summary>Failures that a later run tries again, by reason.</summary>
    public IReadOnlyDictionary<string, long> Failures() => Counts("SELECT reason, COUNT(*) FROM failures GROUP BY reason");

    /// <summary>Questions that were given up, by the reason of their last answer.</summary>
    public IReadOnlyDictionary<string, long> GivenUp() => Counts(
        "SELECT reason, COUNT(*) FROM answers WHERE reason IS NOT NULL AND attempt = 1 GROUP BY reason");

    /// <summary>Questions of a stage of which nothing more is asked.</summary>
    public long Settled(EngineStage stage)
    {
        lock (gate)
        {
            return file.Query(
                row => row.GetInt64(0),
                "SELECT COUNT(*) FROM answers WHERE stage = $0 AND (reason IS NULL OR attempt = 1)",
                StageRecords.Name(stage))[0];
        }
    }

    /// <summary>Keeps that some clips are in a shard.</summary>
    public void SaveShard(string shard, IReadOnlyList<string> keys) => Change(() =>
    {
        foreach (var key in keys)
        {
            file.Execute("INSERT INTO written (key, shard) VALUES ($0, $1)", key, shard);
            file.Execute("DELETE FROM failures WHERE key = $0 AND stage = $1", key, StageRecords.Name(EngineStage.Write));
        }
    });

    /// <summary>Whether a clip is in a shard.</summary>
    public bool IsWritten(string key)
    {
        lock (gate)
        {
            return file.Query(row => row.GetInt64(0), "SELECT COUNT(*) FROM written WHERE key = $0", key)[0] > 0;
        }
    }

    /// <summary>Names of the complete shards.</summary>
    public IReadOnlyList<string> Shards()
    {
        lock (gate)
        {
            return file.Query(row => row.GetString(0), "SELECT DISTINCT shard FROM written ORDER BY shard");
        }
    }

    /// <summary>Clips that are in a shard.</summary>
    public long Written()
    {
        lock (gate)
        {
            return file.Query(row => row.GetInt64(0), "SELECT COUNT(*) FROM written")[0];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        processLock?.Dispose();
    }

    private static RecordedAnswer Answer(SqliteDataReader row) => new(
        Enum.Parse<EngineStage>(row.GetString(0), ignoreCase: true),
        row.GetInt32(1),
        row.GetInt32(2),
        row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4))
    {
        Model = row.GetString(5),
        Prompt = row.GetString(6),
    };

    private void Change(Action change)
    {
        lock (gate)
        {
            file.Change(change);
        }
    }

    private SortedDictionary<string, long> Counts(string sql)
    {
        lock (gate)
        {
            return new(
                file.Query(row => (Reason: row.GetString(0), Count: row.GetInt64(1)), sql)
                    .ToDictionary(row => row.Reason, row => row.Count),
                StringComparer.Ordinal);
        }
    }
}
