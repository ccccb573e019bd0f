using PerceptionEncoder.Distributed;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Training;

/// <summary>The folder of one run: names of its files, the ranks that train it, and a lock so that no two runs write into it.</summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Name of the resolved config in a run's folder.</summary>
    public const string ConfigName = "config.yaml";

    /// <summary>Name of the folder of its checkpoints.</summary>
    public const string CheckpointsName = "checkpoints";

    private readonly FileStream? runLock;

    private RunFolder(string path, World world, FileStream? runLock) => (Path, World, this.runLock) = (path, world, runLock);

    /// <summary>The ranks that train into it; the first of them writes.</summary>
    public World World { get; }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>The resolved config.</summary>
    public string Config => System.IO.Path.Combine(Path, ConfigName);

    /// <summary>The structured log, one a rank.</summary>
    public string Log => System.IO.Path.Combine(Path, World.Writes ? "log.jsonl" : $"log-{World.Rank}.jsonl");

    /// <summary>One line per logged step.</summary>
    public string Metrics => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>TensorBoard event files.</summary>
    public string TensorBoard => System.IO.Path.Combine(Path, "tensorboard");

    /// <summary>Checkpoint folders.</summary>
    public string Checkpoints => System.IO.Path.Combine(Path, CheckpointsName);

    /// <summary>Curves, throughput, evaluation tables.</summary>
    public string Report => System.IO.Path.Combine(Path, "report.html");

    /// <summary>
    /// Creates or opens <c>OUTPUT/NAME</c>; the writing rank takes its lock for all, which goes with the process, however it ends.
    /// </summary>
    /// <param name="options">Place and name.</param>
    /// <param name="world">The ranks of the run; null for one process.</param>
    /// <exception cref="UserErrorException">The folder cannot be written, or another process trains into it.</exception>
    public static RunFolder Open(RunOptions options, World? world = null)
    {
        world ??= World.Single;
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(options.Output, options.Name));
        RunLock.Create(path);
        return new RunFolder(path, world, world.Writes ? RunLock.Take(path, "is training into") : null);
    }

    /// <summary>Writes the resolved config.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public void WriteConfig(string yaml)
    {
        if (World.Writes)
        {
            AtomicFile.WriteAllText(Config, yaml);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => runLock?.Dispose();
}
