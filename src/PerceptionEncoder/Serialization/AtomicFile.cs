using System.Text;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Serialization;

/// <summary>Replaces a small file in one move: readers see the old content or the new, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes text as UTF-8 without a mark, flushed to disk.</summary>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written; the old file is intact.</exception>
    public static void WriteAllText(string path, string text) => Write(path, temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        stream.Write(Encoding.UTF8.GetBytes(text));
        stream.Flush(flushToDisk: true);
    });

    /// <summary>Writes a file under a temporary name beside its own, then renames it.</summary>
    /// <param name="path">The final name; what is there is replaced.</param>
    /// <param name="write">Writes the file whose path it gets, flushed and closed when it returns.</param>
    /// <exception cref="UserErrorException">
    /// The disk is full, the place cannot be written, or a pipe or device is there; what was there is intact.
    /// </exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        path = Path.GetFullPath(path);
        if (RegularFile.IsSpecial(path))
        {
            throw new UserErrorException($"{path}: is a pipe or a device, which a file would replace. Name a file.");
        }

        var parent = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(parent, AtomicFolder.IncompleteMark + Path.GetFileName(path));
        try
        {
            try
            {
                // Made anew here, so that no link of that name is written through.
                AtomicFolder.Remove(temporary);
                new FileStream(temporary, FileMode.CreateNew, FileAccess.Write).Dispose();
                write(temporary);
                File.Move(temporary, path, overwrite: true);
                LinuxFolders.Flush(parent);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message}). Free space or choose a writable folder.",
                failure);
        }
    }
}
