namespace PerceptionEncoder.Serialization;

/// <summary>Writes a folder so that it is complete or absent: under a temporary name, flushed, then renamed.</summary>
public static class AtomicFolder
{
    private const string TemporaryMark = ".tmp-";

    /// <summary>Fills a folder. What is there under the final name is replaced; leftovers of killed processes beside it are removed.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Fills the folder whose path it gets; files must be closed when it returns.</param>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written; nothing new is left behind.</exception>
    public static void Write(string path, Action<string> write)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(parent, $"{TemporaryMark}{Path.GetFileName(path)}");
        try
        {
            Directory.CreateDirectory(parent);
            foreach (var leftover in Directory.GetDirectories(parent, TemporaryMark + "*"))
            {
                Directory.Delete(leftover, recursive: true);
            }

            Directory.CreateDirectory(temporary);
            write(temporary);
            foreach (var file in Directory.GetFiles(temporary, "*", SearchOption.AllDirectories))
            {
                FlushToDisk(file);
            }

            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            Directory.Move(temporary, path);
            DirectoryFlush.ToDisk(parent);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            DeleteQuietly(temporary);
            throw new UserErrorException($"{path}: cannot be written ({failure.Message}). Free space or choose a writable folder; earlier checkpoints are intact.", failure);
        }
        catch
        {
            DeleteQuietly(temporary);
            throw;
        }
    }

    private static void FlushToDisk(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>The failure that led here is the one to report.</summary>
    private static void DeleteQuietly(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The next write removes it.
        }
    }
}
