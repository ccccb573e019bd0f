namespace PerceptionEncoder.Media.Video;

/// <summary>
/// The bytes of a clip under a path that a child process can open and seek in: an MP4 with its index at the end cannot be read from a pipe.
/// The file has no name from the start and lives as long as this object's handle, so that even a killed process leaves nothing behind.
/// </summary>
internal sealed class TemporaryClip : IDisposable
{
    private const string SharedMemory = "/dev/shm";
    private readonly FileStream file;

    public TemporaryClip(ReadOnlySpan<byte> bytes)
    {
        var folder = Folder(bytes.Length);
        var name = System.IO.Path.Combine(folder, $"clip-{Guid.NewGuid():N}");
        try
        {
            file = new FileStream(name, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
            });
            File.Delete(name);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"No temporary file could be made in {folder} ({failure.Message}): set TMPDIR to a folder that can be written.",
                failure);
        }

        try
        {
            file.Write(bytes);
        }
        catch (IOException failure)
        {
            file.Dispose();
            throw new UserErrorException(
                $"{folder} has no room for a clip of {bytes.Length} bytes ({failure.Message}): free some, or set TMPDIR to another folder.",
                failure);
        }

        Path = $"/proc/{Environment.ProcessId}/fd/{file.SafeFileHandle.DangerousGetHandle()}";
    }

    /// <summary>Where this and child processes find the bytes.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // Memory spares the disk; the share left free is for the other workers and for libraries that pass tensors there.
    private static string Folder(long length)
        => Directory.Exists(SharedMemory) && new DriveInfo(SharedMemory).AvailableFreeSpace > 16 * length
            ? SharedMemory
            : System.IO.Path.GetTempPath();
}
