using System.Formats.Tar;

namespace PerceptionEncoder.Data;

/// <summary>Writes samples to a tar in the webdataset layout: <c>KEY.EXTENSION</c> members, those of one key together. Equal samples give equal bytes.</summary>
public sealed class ShardWriter : IDisposable
{
    private readonly TarWriter writer;

    /// <summary>Creates the file, or overwrites it.</summary>
    /// <exception cref="UserErrorException">The file cannot be created.</exception>
    public ShardWriter(string path)
    {
        try
        {
            writer = new TarWriter(new FileStream(path, FileMode.Create, FileAccess.Write), TarEntryFormat.Gnu, leaveOpen: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"shard {path} cannot be written ({failure.Message}); check the folder and its permissions.", failure);
        }
    }

    /// <summary>Appends a sample.</summary>
    /// <param name="key">May name folders; its last part has no dot, because that is where extensions begin.</param>
    /// <param name="members">Extension without leading dot, and bytes.</param>
    public void Write(string key, params IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> members)
    {
        if (Path.GetFileName(key) is not { Length: > 0 } name || name.Contains('.'))
        {
            throw new ArgumentException($"'{key}' is no key: its file name must not be empty or have a dot", nameof(key));
        }

        foreach (var (extension, data) in members)
        {
            writer.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, $"{key}.{extension}")
            {
                DataStream = new MemoryStream(data.ToArray(), writable: false),
                ModificationTime = DateTimeOffset.UnixEpoch,
            });
        }
    }

    /// <summary>Closes the archive.</summary>
    public void Dispose() => writer.Dispose();
}
