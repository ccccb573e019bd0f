using Microsoft.Data.Sqlite;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>
/// The SQLite file below the state: opened and made in one of its versions, and every failure of it told in one line. What a transaction
/// has committed is on the disk.
/// </summary>
internal sealed class StateFile : IDisposable
{
    /// <summary>Version of the tables.</summary>
    public const int Version = 1;

    private const string Tables = """
        CREATE TABLE stages (stage TEXT PRIMARY KEY, config TEXT NOT NULL, prompt TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE clips (key TEXT PRIMARY KEY, source TEXT NOT NULL, duration REAL, parts TEXT) WITHOUT ROWID;
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
        PRAGMA user_version = 1;
        """;

    private readonly string path;
    private readonly SqliteConnection connection;

    private StateFile(string path, SqliteConnection connection) => (this.path, this.connection) = (path, connection);

    /// <summary>Opens a file, which is made where it is not there.</summary>
    /// <exception cref="UserErrorException">It is no state file, one of a newer version, or cannot be read or written.</exception>
    public static StateFile Open(string path)
    {
        var file = new StateFile(path, new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
        }.ToString()));
        try
        {
            file.Attempt(file.Prepare);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Changes something, whole or not at all.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public void Change(Action change) => Attempt(() =>
    {
        using var transaction = connection.BeginTransaction();
        change();
        transaction.Commit();
    });

    /// <summary>Runs a statement.</summary>
    /// <param name="sql">With <c>$0</c>, <c>$1</c>, ... where values go.</param>
    /// <param name="values">In that order.</param>
    public void Execute(string sql, params object?[] values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    /// <summary>All rows of a query.</summary>
    /// <param name="read">Makes something of a row.</param>
    /// <param name="sql">With <c>$0</c>, <c>$1</c>, ... where values go.</param>
    /// <param name="values">In that order.</param>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public IReadOnlyList<T> Query<T>(Func<SqliteDataReader, T> read, string sql, params object?[] values)
    {
        var rows = new List<T>();
        Attempt(() =>
        {
            using var command = Command(sql, values);
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }
        });
        return rows;
    }

    /// <summary>The first row of a query; the default of its type where there is none.</summary>
    /// <inheritdoc cref="Query"/>
    public T? First<T>(Func<SqliteDataReader, T> read, string sql, params object?[] values)
        => Query(read, sql, values) is [var first, ..] ? first : default;

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();

    private void Prepare()
    {
        connection.Open();
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        var version = Query(row => row.GetInt32(0), "PRAGMA user_version")[0];
        if (version == 0 && Query(row => row.GetInt64(0), "SELECT COUNT(*) FROM sqlite_master")[0] == 0)
        {
            Change(() => Execute(Tables));
        }
        else if (version != Version)
        {
            throw new UserErrorException(version > Version
                ? $"{path}: was written by a newer version of this program (state {version}, known is {Version}). "
                    + "Use that one, or another run.name."
                : $"{path}: is a database of something else. Choose another run.name.");
        }
    }

    private SqliteCommand Command(string sql, object?[] values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // statements are constants of this folder; values go in beside them
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (index, value) in values.Index())
        {
            command.Parameters.AddWithValue($"${index}", value ?? DBNull.Value);
        }

        return command;
    }

    private void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException failure)
        {
            throw new UserErrorException(
                failure.SqliteErrorCode == 26
                    ? $"{path}: is no state file of the video engine ({failure.Message}). Choose another run.name."
                    : $"{path}: cannot be used ({failure.Message}). Check the disk's space and the permissions, and run again.",
                failure);
        }
    }
}
