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

    /// <summary>Part of a failure that is no question's: the clip cannot be used.</summary>
    public const int WholeClip = -1;

    private readonly SqliteFile file;
    private readonly FileStream? runLock;
    private readonly StageRecords stages;

    private EngineState(string path, SqliteFile file, FileStream? runLock)
    {
        (this.file, this.runLock) = (file, runLock);
        stages = new StageRecords(path, file);
    }

    /// <summary>Opens a run's state for this process alone.</summary>
    /// <param name="folder">The run's, made if absent.</param>
    /// <exception cref="UserErrorException">Another process has it, it is of a newer version, or cannot be used.</exception>
    public static EngineState Open(string folder)
    {
        RunLock.Create(folder);
        var runLock = RunLock.Take(folder, "works in");
        try
        {
            var path = Path.Combine(folder, FileName);
            return new EngineState(path, EngineDatabase.Open(path), runLock);
        }
        catch
        {
            runLock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a run's state to look at it, also while a process works on it; null where there is none yet.</summary>
    /// <exception cref="UserErrorException">It is of a newer version, or cannot be used.</exception>
    public static EngineState? Look(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return EngineDatabase.Look(path) is { } file ? new EngineState(path, file, null) : null;
    }

    /// <summary>Compares a stage with what its answers were made by, and keeps it.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="config">What decides its answers, as YAML.</param>
    /// <param name="prompt">Version of its prompt.</param>
    /// <param name="drops">Drops the answers of a stage that differs, in place of refusing.</param>
    /// <exception cref="UserErrorException">It differs, and has answers: names the keys.</exception>
    public void Settle(EngineStage stage, string config, string prompt, bool drops) => stages.Settle(stage, config, prompt, drops);

    /// <summary>Compares only.</summary>
    /// <returns>Whether <see cref="Settle"/> would drop its answers.</returns>
    /// <inheritdoc cref="Settle"/>
    public bool Differs(EngineStage stage, string config, string prompt, bool drops) => stages.Differs(stage, config, prompt, drops);

    /// <summary>How far a clip is.</summary>
    public ClipState Load(string key) => file.Read(() =>
    {
        var clip = file.Rows(
            "SELECT place, parts, duration FROM clips WHERE key = $key",
            row => (
                Place: row.GetString(0),
                Parts: row.IsDBNull(1) ? null : row.GetString(1),
                Duration: row.IsDBNull(2) ? (double?)null : row.GetDouble(2)),
            ("$key", key)).FirstOrDefault();
        var answers = file.Rows(
            "SELECT stage, part, attempt, text, reason, model, prompt FROM answers WHERE key = $key ORDER BY stage, part, attempt",
            Answer,
            ("$key", key));
        return new ClipState(
            clip.Place,
            clip.Parts is null ? null : JsonSerializer.Deserialize<FramePart[]>(clip.Parts),
            clip.Duration,
            answers);
    });

    /// <summary>Keeps which clip a key stands for. One of which nothing was asked or written yet may become another.</summary>
    /// <param name="key">Of the clip.</param>
    /// <param name="place">Where it is, whatever folder holds it all.</param>
    /// <param name="content">Tells its bytes from others.</param>
    /// <param name="changed">Reason of the failures that are forgotten where it is the same.</param>
    /// <returns>Whether it is the one of earlier runs.</returns>
    public bool Identify(string key, string place, string content, string changed) => file.Write(() =>
    {
        var known = file.Rows(
            "SELECT place, content FROM clips WHERE key = $key",
            row => (Place: row.GetString(0), Content: row.GetString(1)),
            ("$key", key));
        var isSame = known is [var clip] && clip == (place, content);
        if (!isSame && (long)file.Value(
            "SELECT EXISTS (SELECT 1 FROM answers WHERE key = $key) OR EXISTS (SELECT 1 FROM written WHERE key = $key)",
            ("$key", key))! > 0)
        {
            return false;
        }

        if (!isSame)
        {
            file.Run(
                "INSERT OR REPLACE INTO clips (key, place, content) VALUES ($key, $place, $content)",
                ("$key", key),
                ("$place", place),
                ("$content", content));
        }

        file.Run("DELETE FROM failures WHERE key = $key AND reason = $changed", ("$key", key), ("$changed", changed));
        return true;
    });

    /// <summary>Keeps what reading a clip gave; that it could not be read before is forgotten with it.</summary>
    /// <param name="stage">That read it.</param>
    /// <param name="key">Of the clip, which is identified.</param>
    /// <param name="duration">Seconds; null where unknown.</param>
    /// <param name="parts">Frames that are described; null where the stage is another, which leaves those that are known.</param>
    public void SaveClip(EngineStage stage, string key, double? duration, IReadOnlyList<FramePart>? parts) => file.Write(() =>
    {
        file.Run(
            "UPDATE clips SET duration = IFNULL($duration, duration), parts = IFNULL($parts, parts) WHERE key = $key",
            ("$key", key),
            ("$duration", duration),
            ("$parts", parts is null ? null : JsonSerializer.Serialize(parts)));
        Forget(key, stage, WholeClip);
    });

    /// <summary>Keeps an answer; an earlier failure of the same question is forgotten with it.</summary>
    public void Save(string key, RecordedAnswer answer) => file.Write(() =>
    {
        file.Run(
            "INSERT INTO answers (key, stage, part, attempt, text, reason, model, prompt, input_tokens, output_tokens, cost, seconds) "
                + "VALUES ($key, $stage, $part, $attempt, $text, $reason, $model, $prompt, $input, $output, $cost, $seconds)",
            ("$key", key),
            ("$stage", StageRecords.Name(answer.Stage)),
            ("$part", answer.Part),
            ("$attempt", answer.Attempt),
            ("$text", answer.Text),
            ("$reason", answer.Reason),
            ("$model", answer.Model),
            ("$prompt", answer.Prompt),
            ("$input", answer.InputTokens),
            ("$output", answer.OutputTokens),
            ("$cost", answer.Cost),
            ("$seconds", answer.Seconds));
        Forget(key, answer.Stage, answer.Part);
    });

    /// <summary>
    /// Keeps why a question got no answer, or a clip could not be used (<see cref="WholeClip"/>): a later run tries again.
    /// </summary>
    public void SaveFailure(string key, EngineStage stage, int part, string reason, string detail) => file.Write(() => file.Run(
        "INSERT OR REPLACE INTO failures (key, stage, part, reason, detail) VALUES ($key, $stage, $part, $reason, $detail)",
        ("$key", key),
        ("$stage", StageRecords.Name(stage)),
        ("$part", part),
        ("$reason", reason),
        ("$detail", detail)));

    /// <summary>What the calls of a stage came to; by null of all that were ever made, those whose answers were dropped too.</summary>
    public EngineTotals Totals(EngineStage? stage = null) => file.Read(() => file.Rows(
        "SELECT IFNULL(SUM(calls), 0), IFNULL(SUM(input_tokens), 0), IFNULL(SUM(output_tokens), 0), IFNULL(SUM(cost), 0.0), "
            + "IFNULL(SUM(seconds), 0.0) FROM (SELECT stage, 1 AS calls, input_tokens, output_tokens, cost, seconds FROM answers "
            + "UNION ALL SELECT NULL, calls, input_tokens, output_tokens, cost, seconds FROM dropped) "
            + "WHERE $stage IS NULL OR stage = $stage",
        row => new EngineTotals(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetDouble(3), row.GetDouble(4)),
        ("$stage", stage is { } one ? StageRecords.Name(one) : null))[0]);

    /// <summary>All failures that were kept.</summary>
    public IReadOnlyList<RecordedFailure> Failures() => file.Read(() => file.Rows(
        "SELECT key, stage, part, reason FROM failures ORDER BY key",
        row => new RecordedFailure(row.GetString(0), StageRecords.Stage(row.GetString(1)), row.GetInt32(2), row.GetString(3))));

    /// <summary>Questions that were given up, by the reason of their last answer.</summary>
    public IReadOnlyDictionary<string, long> GivenUp() => file.Read(() => new SortedDictionary<string, long>(
        file.Rows(
            "SELECT reason, COUNT(*) FROM answers WHERE reason IS NOT NULL AND attempt = 1 GROUP BY reason",
            row => (Reason: row.GetString(0), Count: row.GetInt64(1))).ToDictionary(row => row.Reason, row => row.Count),
        StringComparer.Ordinal));

    /// <summary>Questions of a stage of which nothing more is asked.</summary>
    public long Settled(EngineStage stage) => Number(
        "SELECT COUNT(*) FROM answers WHERE stage = $stage AND (reason IS NULL OR attempt = 1)",
        ("$stage", StageRecords.Name(stage)));

    /// <summary>Keeps that some clips are in a shard.</summary>
    public void SaveShard(string shard, IReadOnlyList<string> keys) => file.Write(() =>
    {
        foreach (var key in keys)
        {
            file.Run("INSERT INTO written (key, shard) VALUES ($key, $shard)", ("$key", key), ("$shard", shard));
            file.Run(
                "DELETE FROM failures WHERE key = $key AND stage = $stage",
                ("$key", key),
                ("$stage", StageRecords.Name(EngineStage.Write)));
        }
    });

    /// <summary>Whether a clip is in a shard.</summary>
    public bool IsWritten(string key) => Number("SELECT COUNT(*) FROM written WHERE key = $key", ("$key", key)) > 0;

    /// <summary>Names of the complete shards.</summary>
    public IReadOnlyList<string> Shards()
        => file.Read(() => file.Rows("SELECT DISTINCT shard FROM written ORDER BY shard", row => row.GetString(0)));

    /// <summary>Clips that are in a shard.</summary>
    public long Written() => Number("SELECT COUNT(*) FROM written");

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        runLock?.Dispose();
    }

    private static RecordedAnswer Answer(SqliteDataReader row) => new(
        StageRecords.Stage(row.GetString(0)),
        row.GetInt32(1),
        row.GetInt32(2),
        row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4))
    {
        Model = row.GetString(5),
        Prompt = row.GetString(6),
    };

    private void Forget(string key, EngineStage stage, int part) => file.Run(
        "DELETE FROM failures WHERE key = $key AND stage = $stage AND part = $part",
        ("$key", key),
        ("$stage", StageRecords.Name(stage)),
        ("$part", part));

    private long Number(string statement, params (string Name, object? Value)[] values)
        => file.Read(() => (long)file.Value(statement, values)!);
}
