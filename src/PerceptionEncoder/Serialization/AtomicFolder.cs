using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Serialization;

/// <summary>Writes a folder so that it is complete or absent: under a temporary name, flushed, then renamed.</summary>
internal static class AtomicFolder
{
    /// <summary>Head of the name of what is not complete yet, folder or file.</summary>
    internal const string IncompleteMark = ".pe-incomplete-";

    /// <summary>
    /// Fills a folder. What is there under the final name is replaced; leftovers of killed processes beside it are removed.
    /// </summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Fills the folder whose path it gets; files must be closed when it returns.</param>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written; what was there before is intact.</exception>
    public static void Write(string path, Action<string> write)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(parent, IncompleteMark + Path.GetFileName(path));
        try
        {
            Directory.CreateDirectory(parent);
            foreach (var leftover in Directory.GetDirectories(parent, IncompleteMark + "*").Append(temporary))
            {
                Remove(leftover);
            }

            LinuxFolders.CreateNew(temporary);
            write(temporary);
            FlushAll(temporary);
            Publish(temporary, path);
            LinuxFolders.Flush(parent);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            DeleteAfterFailure(temporary);
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message}). "
                + "Free space or choose a writable folder; what was written before is intact.",
                failure);
        }
        catch
        {
            DeleteAfterFailure(temporary);
            throw;
        }
    }

    /// <summary>Looks at a place before anything is computed that is to go there.</summary>
    /// <param name="path">Of a new folder; null where none is wanted.</param>
    /// <exception cref="UserErrorException">There is something already.</exception>
    internal static void RequireNew(string? path)
    {
        if (path is not null && (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())))
        {
            throw new UserErrorException($"{path}: is not empty. Name a new folder, or delete this one first.");
        }
    }

    /// <summary>Makes a folder where it is not there.</summary>
    /// <exception cref="UserErrorException">The place is a file or cannot be written.</exception>
    internal static void Create(string path) => Attempt(path, () => Directory.CreateDirectory(path));

    /// <summary>Changes something on disk.</summary>
    /// <exception cref="UserErrorException">The system refuses.</exception>
    internal static void Attempt(string path, Action change)
    {
        try
        {
            change();
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message.ReplaceLineEndings(" ")}). Free space or choose a writable folder.",
                failure);
        }
    }

    /// <summary>Frees a temporary name: a link that somebody laid there goes, and what it points at stays.</summary>
    internal static void Remove(string path)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    /// <summary>Whether the system refused to write; .NET reports a file-size limit (EFBIG) as an argument out of range.</summary>
    internal static bool IsRefusal(Exception failure)
        => failure is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    private static void FlushAll(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
            stream.Flush(flushToDisk: true);
        }

        foreach (var inner in Directory.GetDirectories(folder, "*", SearchOption.AllDirectories).Append(folder))
        {
            LinuxFolders.Flush(inner);
        }
    }

    private static void Publish(string temporary, string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.Move(temporary, path);
            return;
        }

        // Swapped, so that there is no moment without a complete folder; where that cannot be, the gap is between two renames.
        var old = temporary;
        if (!LinuxFolders.TryExchange(temporary, path))
        {
            old = temporary + ".old";
            Remove(old);
            Directory.Move(path, old);
            Directory.Move(temporary, path);
        }

        Remove(old);
    }

    private static void DeleteAfterFailure(string folder)
    {
        try
        {
            Remove(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to report; the next write removes what is left.
        }
    }
}
