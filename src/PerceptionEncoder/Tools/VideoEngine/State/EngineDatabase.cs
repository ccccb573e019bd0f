using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>The SQLite file of a run: its tables.</summary>
internal static class EngineDatabase
{
    private const int Mark = 0x50455645;                        // "PEVE"
    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE stages (stage TEXT PRIMARY KEY, config TEXT NOT NULL, prompt TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE clips (
            key TEXT PRIMARY KEY, place TEXT NOT NULL, content TEXT NOT NULL, duration REAL, parts TEXT) WITHOUT ROWID;
        CREATE TABLE answers (
            key TEXT NOT NULL, stage TEXT NOT NULL, part INTEGER NOT NULL, attempt INTEGER NOT NULL, text TEXT NOT NULL, reason TEXT,
            model TEXT NOT NULL, prompt TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost REAL NOT NULL,
            seconds REAL NOT NULL, PRIMARY KEY (key, stage, part, attempt)) WITHOUT ROWID;
        CREATE TABLE failures (
            key TEXT NOT NULL, stage TEXT NOT NULL, part INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
            PRIMARY KEY (key, stage, part)) WITHOUT ROWID;
        CREATE TABLE dropped (
            calls INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost REAL NOT NULL,
            seconds REAL NOT NULL);
        CREATE TABLE written (key TEXT PRIMARY KEY, shard TEXT NOT NULL) WITHOUT ROWID;
        """;

    private static readonly SqliteForm Form = new("state of the video engine", Mark, Version, Tables, "Choose another run.name.");

    /// <summary>Opens the file, which is made where it is not there.</summary>
    /// <exception cref="UserErrorException">It is something else, of a newer version, or cannot be read or written.</exception>
    public static SqliteFile Open(string path) => SqliteFile.Open(path, Form, create: true);

    /// <summary>Opens the file to look at it; nothing is made or changed. Null where nothing is there yet.</summary>
    /// <exception cref="UserErrorException">It is something else, of a newer version, or cannot be read.</exception>
    public static SqliteFile? Look(string path) => SqliteFile.Look(path, Form);
}
