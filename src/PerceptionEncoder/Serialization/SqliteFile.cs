using Microsoft.Data.Sqlite;

namespace PerceptionEncoder.Serialization;

/// <summary>
/// A SQLite file of this program (write-ahead log, flushed at each commit): transactions that hold whole or not at all, and every failure
/// told in one line. Several processes may have it open; threads of one take turns.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private const int SecondsToWait = 30;                       // for the transaction of another process
    private const int NoDatabase = 26;                          // SQLITE_NOTADB

    private readonly Lock gate = new();
    private readonly string path;
    private readonly SqliteForm form;
    private readonly SqliteConnection connection;

    private SqliteFile(string path, SqliteForm form, string source, SqliteOpenMode mode)
    {
        (this.path, this.form) = (path, form);
        connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = source,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = SecondsToWait,
        }.ConnectionString);
    }

    /// <summary>Opens a file to write.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="form">What it is.</param>
    /// <param name="create">Make it where it is absent.</param>
    /// <exception cref="UserErrorException">It is absent, something else, of a newer version, or cannot be read or written.</exception>
    public static SqliteFile Open(string path, SqliteForm form, bool create)
    {
        var file = new SqliteFile(path, form, path, create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        file.Connect(file.Prepare);
        return file;
    }

    /// <summary>Opens a file to look at it, also while a process writes it; nothing is made or changed.</summary>
    /// <returns>Null where it is absent, or nothing is in it yet.</returns>
    /// <exception cref="UserErrorException">It is something else, of a newer version, or cannot be read.</exception>
    public static SqliteFile? Look(string path, SqliteForm form)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        // Without a log beside it nobody has it open, and SQLite, told so, makes none.
        var source = File.Exists($"{path}-wal") ? path : $"{new Uri(Path.GetFullPath(path)).AbsoluteUri}?immutable=1";
        var file = new SqliteFile(path, form, source, SqliteOpenMode.ReadOnly);
        if (file.Connect(file.Find) > 0)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>Runs alone, and is committed to disk when it returns; where it throws, nothing of it is.</summary>
    /// <exception cref="UserErrorException">The disk is full or fails, or another process holds the file too long.</exception>
    public T Write<T>(Func<T> work) => Attempt(() =>
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        var result = work();
        transaction.Commit();
        return result;
    });

    /// <inheritdoc cref="Write{T}"/>
    public void Write(Action work) => Write<object?>(() =>
    {
        work();
        return null;
    });

    /// <summary>Sees one state of the file throughout.</summary>
    /// <exception cref="UserErrorException">The disk fails, or another process holds the file too long.</exception>
    public T Read<T>(Func<T> work) => Attempt(() =>
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return work();
    });

    /// <summary>Runs a statement; inside of <see cref="Write{T}"/> or <see cref="Read"/>, as the others.</summary>
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

    /// <summary>Connects, and looks what the file is.</summary>
    private long Connect(Func<long> find)
    {
        try
        {
            return Attempt(() =>
            {
                connection.Open();
                return find();
            });
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Looks what the file is before anything in it is changed, and makes the tables of a new one.</summary>
    private long Prepare()
    {
        long version;
        using (connection.BeginTransaction(deferred: true))     // so that it is seen before or after another process has made it
        {
            version = Find();
        }

        if (version == 0)
        {
            Run("PRAGMA journal_mode = WAL");
        }

        Run("PRAGMA synchronous = FULL");
        if (version == 0)
        {
            using var transaction = connection.BeginTransaction(deferred: false);
            if (Find() == 0)
            {
                Run(form.Tables);
                Run($"PRAGMA application_id = {form.Mark}; PRAGMA user_version = {form.Version}");
            }

            transaction.Commit();
        }

        if (form.Opening.Length > 0)
        {
            Run(form.Opening);
        }

        return form.Version;
    }

    /// <summary>Version of the tables; 0 of an empty file.</summary>
    private long Find()
    {
        var (mark, version) = ((long)Value("PRAGMA application_id")!, (long)Value("PRAGMA user_version")!);
        var tables = (long)Value("SELECT count(*) FROM sqlite_master")!;
        return mark == 0 && version == 0 && tables == 0 ? 0
            : mark != form.Mark || version < 1 ? throw SomethingElse()
            : version <= form.Version ? version
            : throw new UserErrorException(
                $"{path}: is of version {version}, which a newer pe has written; this one knows {form.Version}. Use that pe.");
    }

    private SqliteCommand Command(string statement, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // statements are constants of those who call; values go in beside them
        command.CommandText = statement;
#pragma warning restore CA2100
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
                throw SomethingElse();
            }
            catch (SqliteException failure)
            {
                throw new UserErrorException(
                    $"{path}: the {form.Name} cannot be used ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). "
                    + "Check the file, its permissions and the space left.",
                    failure);
            }
        }
    }

    private UserErrorException SomethingElse() => new($"{path}: is no {form.Name}. {form.Otherwise}");
}
