namespace PerceptionEncoder.Cli.Tests;

/// <summary>A <see cref="TinyRun"/> with a model trained for a moment; made once for a test class.</summary>
public sealed class TrainedRun : IDisposable
{
    private readonly TinyRun tiny = new();

    public TrainedRun()
    {
        var (code, output, error) = PeProcess.Run("pretrain", "--config", tiny.WriteConfig("trained"));
        Assert.True(code == 0, output + error);
    }

    public string Run => Path.Combine(tiny.Folder, "trained");

    public string Scenes => tiny.Scenes;

    public string At(string name) => Path.Combine(tiny.Folder, name);

    public void Dispose() => tiny.Dispose();
}
