namespace PerceptionEncoder.Training;

/// <summary>The folder of one run: names of its files, and a lock so that two processes never write the same run.</summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Name of the resolved config in a run's folder.</summary>
    public const string ConfigName = "config.yaml";

    /// <summary>Name of the folder of its checkpoints.</summary>
    public const string CheckpointsName = "checkpoints";

    private readonly FileStream runLock;

    private RunFolder(string path, FileStream runLock)
    {
        Path = path;
        this.runLock = runLock;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The resolved config.</summary>
    public string Config => System.IO.Path.Combine(Path, ConfigName);

    /// <summary>The structured log.</summary>
    public string Log => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>One line per logged step.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>TensorBoard event files.</summary>
    public string TensorBoard => System.IO.Path.Combine(Path, "tensorboard");

    /// <summary>Checkpoint folders.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, CheckpointsName);

    /// <summary>Curves, throughput, evaluation tables.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>Creates or opens <c>OUTPUT/NAME</c> and takes its lock; the lock goes with the process, however it ends.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written, or another process trains into it.</exception>
    public static RunFolder Open(RunOptions options)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(options.Output, options.Name));
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: the run folder cannot be created ({failure.Message}). Choose a writable run.output.", failure);
        }

        var lockPath = System.IO.Path.Combine(path, ".lock");
        try
        {
            return new RunFolder(path, new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UserErrorException($"{path}: the run folder cannot be written ({failure.Message}). Choose a writable run.output.", failure);
        }
        catch (IOException failure) when (File.Exists(lockPath))
        {
            throw new UserErrorException($"{path}: another process is training into this run folder. Wait for it, stop it, or choose another run.name.", failure);
        }
        catch (IOException failure)
        {
            throw new UserErrorException($"{path}: the run folder cannot be written ({failure.Message}). Choose a writable run.output.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => runLock.Dispose();
}
