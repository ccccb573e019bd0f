using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>The SQLite file of a review: its tables.</summary>
internal static class ReviewDatabase
{
    private const int Mark = 0x50455256;                        // "PERV"
    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE state (id TEXT NOT NULL);
        INSERT INTO state (id) VALUES (lower(hex(randomblob(16))));
        CREATE TABLE shard (name TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE clip (
          id INTEGER PRIMARY KEY,
          shard TEXT NOT NULL REFERENCES shard(name),
          key TEXT NOT NULL,
          passes INTEGER NOT NULL,
          open INTEGER NOT NULL,
          UNIQUE (shard, key));
        CREATE INDEX open_clip ON clip(id) WHERE open > 0;
        CREATE TABLE lease (clip INTEGER PRIMARY KEY REFERENCES clip(id), client TEXT NOT NULL, expires INTEGER NOT NULL);
        CREATE INDEX lease_client ON lease(client);
        CREATE TABLE decision (
          id INTEGER PRIMARY KEY,
          request TEXT NOT NULL UNIQUE,
          clip INTEGER NOT NULL REFERENCES clip(id),
          client TEXT NOT NULL,
          reviewer TEXT NOT NULL,
          verdict TEXT NOT NULL,
          draft TEXT NOT NULL,
          caption TEXT,
          spans TEXT NOT NULL,
          seconds REAL NOT NULL,
          time INTEGER NOT NULL,
          undone INTEGER);
        CREATE INDEX decision_clip ON decision(clip);
        CREATE INDEX decision_reviewer ON decision(reviewer, clip);
        """;

    private static readonly SqliteForm Form = new(
        "state of reviews",
        Mark,
        Version,
        Tables,
        "Name a new file, or the one that pe video-engine review made (--state).")
    {
        Opening = "PRAGMA foreign_keys = ON; CREATE TEMP TABLE served (clip INTEGER PRIMARY KEY)",
    };

    /// <summary>Opens the file.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="create">Make it, and its folder, where it is absent.</param>
    /// <exception cref="UserErrorException">It is absent, something else, of a newer version, or cannot be read or written.</exception>
    public static SqliteFile Open(string path, bool create)
    {
        if (Directory.Exists(path) || (!create && !File.Exists(path)))
        {
            throw new UserErrorException($"{path}: {(Directory.Exists(path) ? "is a folder" : "no such file")}. "
                + "Name the state that pe video-engine review keeps (--state).");
        }

        AtomicFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return SqliteFile.Open(path, Form, create);
    }
}
