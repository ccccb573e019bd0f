using System.Formats.Tar;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Writes samples to a tar in the webdataset layout: <c>KEY.EXTENSION</c> members, those of one key together. Equal samples give equal
/// bytes.
/// </summary>
public sealed class ShardWriter : IDisposable
{
    private readonly string path;
    private readonly FileStream file;
    private readonly TarWriter writer;
    private bool failed;

    /// <summary>Creates the file, or overwrites it.</summary>
    /// <exception cref="UserErrorException">The file cannot be created.</exception>
    public ShardWriter(string path)
    {
        this.path = path;
        try
        {
            file = new FileStream(path, FileMode.Create, FileAccess.Write);
            writer = new TarWriter(file, TarEntryFormat.Gnu, leaveOpen: true);
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw NotWritten(failure);
        }
    }

    /// <summary>Appends a sample.</summary>
    /// <param name="key">May name folders; its last part has no dot, because that is where extensions begin.</param>
    /// <param name="members">Extension without leading dot, and bytes.</param>
    /// <exception cref="UserErrorException">The disk is full or fails.</exception>
    public void Write(string key, params IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> members)
    {
        if (Path.GetFileName(key) is not { Length: > 0 } name || name.Contains('.'))
        {
            throw new ArgumentException($"'{key}' is no key: its file name must not be empty or have a dot", nameof(key));
        }

        foreach (var (extension, data) in members)
        {
            var entry = new GnuTarEntry(TarEntryType.RegularFile, $"{key}.{extension}")
            {
                DataStream = new MemoryStream(data.ToArray(), writable: false),
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            Attempt(() => writer.WriteEntry(entry));
        }
    }

    /// <summary>Closes the archive, which is on the disk then.</summary>
    /// <exception cref="UserErrorException">The disk is full or fails, and no sample has said so.</exception>
    public void Dispose()
    {
        try
        {
            using (file)
            {
                writer.Dispose();
                file.Flush(flushToDisk: true);
            }
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure) && !failed)
        {
            throw NotWritten(failure);
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            // Said before.
        }
    }

    private void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            failed = true;
            throw NotWritten(failure);
        }
    }

    private UserErrorException NotWritten(Exception failure)
        => new($"shard {path} cannot be written ({failure.Message}); check the folder, its permissions and the space left.", failure);
}
