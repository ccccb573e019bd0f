using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>
/// The figures of a sweep as they come, a file each, so that an interrupted sweep goes on. Everything is keyed by a hash of what decides
/// it; all of it may be deleted at any time.
/// </summary>
internal sealed class FinishedFigures
{
    private const int KeyLength = 32;

    private readonly string? folder;
    private readonly string key;

    private FinishedFigures(string? folder, string key) => (this.folder, this.key) = (folder, key);

    /// <summary>Keeps nothing.</summary>
    public static FinishedFigures None { get; } = new(null, "");

    /// <summary>Those of one tower.</summary>
    /// <param name="folder">Holds them.</param>
    /// <param name="tower">Everything that decides the tower's features.</param>
    public static FinishedFigures In(string folder, string tower) => new(folder, tower);

    /// <summary>Those of a set, as something decides them besides the tower.</summary>
    public FinishedFigures Of(Func<IEnumerable<string>> deciding)
        => folder is null
            ? this
            : new(
                folder,
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', deciding().Prepend(key)))))[..KeyLength]);

    /// <summary>What a task reached at a layer; null where that is not known yet.</summary>
    public LayerFigures? Find(int layer, string task)
        => folder is null ? null : KeptJson.Read<LayerFigures>(PathOf(layer, task));

    /// <summary>Keeps what a task reached at a layer.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public void Keep(LayerFigures figures)
    {
        if (folder is not null)
        {
            AtomicFolder.Create(folder);
            KeptJson.Write(PathOf(figures.Layer, figures.Task), figures);
        }
    }

    /// <summary>Removes all: they are in the results.</summary>
    public void Discard()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private string PathOf(int layer, string task) => Path.Combine(folder!, $"{key}-{layer}-{task}.json");
}
