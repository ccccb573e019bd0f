namespace PerceptionEncoder;

/// <summary>
/// Reads files that a user names or a stranger packed: regular ones, up to a size, so that none can hang the process or fill the machine.
/// What has no length (pipes, devices, files of /proc) counts as empty and is never opened, since reading it could wait for ever.
/// </summary>
internal static class UserFile
{
    /// <summary>Bytes of the largest image or clip that is read whole.</summary>
    public const long MediaLimit = 1L << 30;

    /// <summary>A stream over the file; one without bytes where it has no length.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static Stream Open(string path, int bufferSize = 1 << 16)
        => Length(path) == 0 ? Stream.Null
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize, FileOptions.SequentialScan);

    /// <summary>All bytes of the file.</summary>
    /// <exception cref="IOException">There is no such file, it is larger than the limit, or it cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static byte[] ReadAllBytes(string path, long limit)
    {
        var length = Length(path);
        if (length > limit)
        {
            throw new IOException($"it has {length} bytes, more than the limit of {limit}");
        }

        using var stream = Open(path, bufferSize: 0);
        var bytes = new byte[length];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    /// <summary>
    /// As <see cref="ReadAllBytes"/>, of a file that must be there for itself and not only among others: a pipe is refused, not empty.
    /// </summary>
    /// <exception cref="IOException">There is no such file, it is a pipe, larger than the limit, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public static byte[] ReadRegular(string path, long limit)
    {
        if (!Directory.Exists(path))
        {
            RegularFile.OpenRead(path).Dispose();
        }

        return ReadAllBytes(path, limit);
    }

    /// <summary>That of the file behind all links.</summary>
    private static long Length(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder");
        }

        var file = new FileInfo(path);
        return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : file.Length;
    }
}
