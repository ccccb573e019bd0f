using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace PerceptionEncoder.Data.Remote;

/// <summary>
/// Shards of other machines in a folder of this one: <c>KEY.shard</c>, complete or absent, with its hash beside it in <c>KEY.sha256</c>.
/// Several processes may share the folder: who holds <c>KEY.lock</c> fetches or looks, and who holds <c>.lock</c> makes room.
/// </summary>
internal sealed class ShardCache
{
    private const string Whole = ".shard";
    private const string Coming = ".part";
    private const string Locked = ".lock";
    private const int CopySize = 1 << 17;

    /// <summary>What this process has fetched or compared with its hash.</summary>
    private static readonly ConcurrentDictionary<string, bool> Compared = [];

    private readonly string folder;
    private readonly long bytes;

    /// <exception cref="UserErrorException">The folder cannot be made.</exception>
    public ShardCache(ShardCacheOptions options)
    {
        (folder, bytes) = (Path.GetFullPath(options.Folder), options.Bytes);
        Attempt(() => Directory.CreateDirectory(folder));
    }

    /// <summary>The shard as a file, fetched first where it is not there or is damaged; null where it has no place in the folder.</summary>
    /// <param name="identity">Tells it from all other shards.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="expected">SHA-256 in lower-case hex digits; null where nobody has said.</param>
    /// <param name="fetch">Opens it at its place.</param>
    /// <param name="cancellation">Ends waiting.</param>
    /// <exception cref="UserErrorException">It cannot be fetched, is not what it must be, or the folder cannot be written.</exception>
    public Stream? Open(string identity, string name, string? expected, Func<Stream> fetch, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..32]);
        return Attempt(() =>
        {
            using var mine = Lock(path + Locked, cancellation);
            return Existing(path, expected) ?? (Fetch(path, name, expected, fetch, cancellation) ? Existing(path, expected) : null);
        });
    }

    private static Stream? Existing(string path, string? expected)
    {
        if (!File.Exists(path + Whole) || !File.Exists(path + ".sha256"))
        {
            return null;
        }

        var written = File.ReadAllText(path + ".sha256").Trim();
        if ((expected is not null && written != expected) || (!Compared.ContainsKey(path) && Hash(path + Whole) != written))
        {
            Remove(path);
            return null;
        }

        Compared[path] = true;
        File.SetLastWriteTimeUtc(path + Whole, DateTime.UtcNow);            // the shards used longest ago go first
        return UserFile.Open(path + Whole, CopySize);
    }

    /// <summary>Fetches a shard, once more where it is not what it must be; false where it has no place.</summary>
    private bool Fetch(string path, string name, string? expected, Func<Stream> fetch, CancellationToken cancellation)
    {
        try
        {
            for (var isSecond = false; ; isSecond = true)
            {
                if (Copy(path, fetch, cancellation) is not { } found)
                {
                    return false;
                }

                if (expected is null || found == expected)
                {
                    File.WriteAllText(path + ".sha256", found + "\n");
                    File.Move(path + Coming, path + Whole, overwrite: true);
                    Compared[path] = true;
                    return true;
                }

                if (isSecond)
                {
                    throw new UserErrorException($"shard {name}: has SHA-256 {found}, expected {expected}, twice. "
                        + "Mend it where it lies, or correct the list of checksums.");
                }
            }
        }
        finally
        {
            File.Delete(path + Coming);
        }
    }

    /// <summary>The hash of what came; null where it has no length, or no place.</summary>
    private string? Copy(string path, Func<Stream> fetch, CancellationToken cancellation)
    {
        using var source = fetch();
        var buffer = new byte[CopySize];
        var count = source.Read(buffer);
        if (!source.CanSeek || MakeRoom(path, source.Length, cancellation) is not { } file)
        {
            return null;
        }

        using (file)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (; count > 0; count = source.Read(buffer))
            {
                file.Write(buffer, 0, count);
                hash.AppendData(buffer, 0, count);
            }

            file.Flush(flushToDisk: true);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>A file of so many bytes, for which older shards make room; null where even then there is none.</summary>
    private FileStream? MakeRoom(string path, long length, CancellationToken cancellation)
    {
        using var mine = Lock(Path.Combine(folder, Locked), cancellation);
        var held = new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Extension is Whole or Coming).ToList();
        foreach (var left in held.Where(file => file.Extension == Coming && !IsHeld(Path.ChangeExtension(file.FullName, Locked))).ToArray())
        {
            left.Delete();                                                  // of a process that is no more
            held.Remove(left);
        }

        var free = bytes - held.Sum(file => file.Length);
        var whole = held.Where(file => file.Extension == Whole).OrderBy(file => file.LastWriteTimeUtc);
        foreach (var old in whole.TakeWhile(_ => free < length))
        {
            free += old.Length;
            Remove(Path.ChangeExtension(old.FullName, null));               // who reads it keeps it until it is closed
        }

        if (free < length)
        {
            return null;
        }

        var file = new FileStream(path + Coming, FileMode.Create, FileAccess.Write, FileShare.Read, CopySize);
        file.SetLength(length);                                             // counts for the others from now on
        return file;
    }

    private static void Remove(string path)
    {
        Compared.TryRemove(path, out _);
        File.Delete(path + Whole);
        File.Delete(path + ".sha256");
    }

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static bool IsHeld(string path)
    {
        try
        {
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None).Dispose();
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static FileStream Lock(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(20));         // another has it
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    private T Attempt<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"data.cache.folder: {folder} cannot be used ({failure.Message.ReplaceLineEndings(" ")}). "
                + "Free space, or name another folder.",
                failure);
        }
    }
}
