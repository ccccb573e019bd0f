namespace PerceptionEncoder.Serialization;

/// <summary>Keeps a run's folder for one process; the lock goes with the process, however it ends.</summary>
internal static class RunLock
{
    /// <summary>Makes the folder where it is not there.</summary>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException(
                $"{folder}: the run folder cannot be created ({Why(failure)}). Choose a writable run.output.",
                failure);
        }
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="does">What another process that has it does: <c>is training into</c>.</param>
    /// <exception cref="UserErrorException">The folder cannot be written, or another process has it.</exception>
    public static FileStream Take(string folder, string does)
    {
        var path = Path.Combine(folder, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (File.Exists(path))
        {
            throw new UserErrorException(
                $"{folder}: another process {does} this run folder. Wait for it, stop it, or choose another run.name.",
                failure);
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException(
                $"{folder}: the run folder cannot be written ({Why(failure)}). Choose a writable run.output.",
                failure);
        }
    }

    private static string Why(Exception failure) => failure.Message.ReplaceLineEndings(" ");
}
