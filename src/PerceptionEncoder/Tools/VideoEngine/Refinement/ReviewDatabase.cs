using Microsoft.Data.Sqlite;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// The SQLite file of a review (write-ahead log, flushed at each commit): its tables, and transactions that hold alone or not at all.
/// Several processes may have it open; threads of one take turns.
/// </summary>
internal sealed class ReviewDatabase : IDisposable
{
    private const int Mark = 0x50455256;                        // "PERV" in the file's header: a state of reviews and nothing else
    private const int Version = 1;
    private const int SecondsToWait = 30;                       // for the transaction of another process
    private const int NoDatabase = 26;                          // SQLITE_NOTADB

    private const string Tables = """
        CREATE TABLE state (id TEXT NOT NULL);
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

    private readonly Lock gate = new();
    private readonly string path;
    private readonly SqliteConnection connection;

    private ReviewDatabase(string path, SqliteConnection connection) => (this.path, this.connection) = (path, connection);

    /// <summary>Opens the file.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="create">Make it, and its folder, where it is absent.</param>
    /// <exception cref="UserErrorException">It is absent, something else, of a newer version, or cannot be read or written.</exception>
    public static ReviewDatabase Open(string path, bool create)
    {
        if (Directory.Exists(path) || (!create && !File.Exists(path)))
        {
            throw new UserErrorException($"{path}: {(Directory.Exists(path) ? "is a folder" : "no such file")}. "
                + "Name the state that pe video-engine review keeps (--state).");
        }

        AtomicFolder.Create(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = SecondsToWait,
        }.ConnectionString);
        var database = new ReviewDatabase(path, connection);
        try
        {
            database.Attempt<object?>(() =>
            {
                connection.Open();
                database.Prepare();
                return null;
            });
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Runs alone, and is committed to disk when it returns; where it throws, nothing of it is.</summary>
    /// <exception cref="UserErrorException">The disk is full or fails, or another process holds the state too long.</exception>
    public T Write<T>(Func<T> work) => Attempt(() =>
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work();
        transaction.Commit();
        return result;
    });

    /// <summary>Sees one state of the file throughout.</summary>
    /// <exception cref="UserErrorException">The disk fails, or another process holds the state too long.</exception>
    public T Read<T>(Func<T> work) => Attempt(() =>
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return work();
    });

    /// <summary>Runs a statement; inside of <see cref="Write"/> or <see cref="Read"/>, as the others.</summary>
    /// <returns>How many rows it has changed.</returns>
    public int Run(string statement, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(statement, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first column of the first row; null where there is none, or where it is null.</summary>
    public object? Value(string statement, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(statement, values);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>All rows.</summary>
    public List<T> Rows<T>(string statement, Func<SqliteDataReader, T> row, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(statement, values);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>A statement to run many times; each time with values for its parameters, in order.</summary>
    public Func<object[], object?> Repeated(string statement, params string[] names)
    {
        var command = Command(statement, []);
        SqliteParameter[] parameters = [.. names.Select(name => command.Parameters.AddWithValue(name, DBNull.Value))];
        return values =>
        {
            foreach (var (parameter, value) in parameters.Zip(values))
            {
                parameter.Value = value;
            }

            return command.ExecuteScalar();
        };
    }

    public void Dispose()
    {
        lock (gate)
        {
            connection.Dispose();
        }
    }

    /// <summary>Looks what the file is before anything in it is changed, and makes the tables of a new one.</summary>
    private void Prepare()
    {
        long version;
        using (connection.BeginTransaction(deferred: true))     // so that it is seen before or after another process has made it
        {
            version = Find();
        }

        if (version == 0)
        {
            Run("PRAGMA journal_mode = WAL");
            using var transaction = connection.BeginTransaction(deferred: false);
            if (Find() == 0)
            {
                Run(Tables);
                Run("INSERT INTO state (id) VALUES ($id)", ("$id", Guid.NewGuid().ToString("N")));
                Run($"PRAGMA application_id = {Mark}; PRAGMA user_version = {Version}");
            }

            transaction.Commit();
        }

        Run("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; CREATE TEMP TABLE served (clip INTEGER PRIMARY KEY)");
    }

    /// <summary>Version of the tables; 0 of an empty file.</summary>
    private long Find()
    {
        var (mark, version) = ((long)Value("PRAGMA application_id")!, (long)Value("PRAGMA user_version")!);
        var tables = (long)Value("SELECT count(*) FROM sqlite_master")!;
        return (mark, version) switch
        {
            (0, 0) when tables == 0 => 0,
            (Mark, Version) => Version,
            (Mark, > Version) => throw new UserErrorException(
                $"{path}: is of version {version}, which a newer pe has written; this one knows {Version}. Use that pe."),
            _ => throw NoState(),
        };
    }

    private SqliteCommand Command(string statement, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in values)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    private T Attempt<T>(Func<T> work)
    {
        lock (gate)
        {
            try
            {
                return work();
            }
            catch (SqliteException failure) when (failure.SqliteErrorCode == NoDatabase)
            {
                throw NoState();
            }
            catch (SqliteException failure)
            {
                throw new UserErrorException(
                    $"{path}: the state of reviews cannot be used ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). "
                    + "Check the file, its permissions and the space left.",
                    failure);
            }
        }
    }

    private UserErrorException NoState()
        => new($"{path}: is no state of reviews. Name a new file, or the one that pe video-engine review made (--state).");
}
