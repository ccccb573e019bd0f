using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// What an evaluation by itself has and one during training has not: what is encoded is kept, so that an interrupted evaluation goes on;
/// text classifiers are kept for the next one; time is accounted for and progress is told.
/// </summary>
/// <remarks>
/// Everything is keyed by hashes of what decides it, so that nothing stale is ever used; all of it may be deleted at any time.
/// </remarks>
public sealed class EvaluationSession
{
    private const int KeyLength = 32;

    /// <summary>Of the rank that writes alone; null where nothing is kept.</summary>
    private readonly string? folder;
    private readonly List<string> finished = [];

    /// <param name="folder">Holds what is kept.</param>
    /// <param name="weightsHash">Of the weights.</param>
    /// <param name="encoder">Whatever else decides the features of an image or text: vocabulary, precision, device, resolution.</param>
    /// <param name="dimension">D of the features.</param>
    /// <param name="world">Ranks that share the evaluation; one where none are named.</param>
    public EvaluationSession(string folder, string weightsHash, string encoder, long dimension, World? world = null)
    {
        World = world ?? World.Single;
        this.folder = World.Writes ? folder : null;
        WeightsHash = weightsHash;
        Encoder = encoder;
        Dimension = dimension;
    }

    private EvaluationSession()
    {
    }

    /// <summary>A session that keeps nothing, as an evaluation during training has it.</summary>
    public static EvaluationSession None => new();

    /// <summary>
    /// A session that keeps nothing either, shared by some ranks: each of them evaluates, and the one that writes has the figures.
    /// </summary>
    public static EvaluationSession Of(World world) => new() { World = world };

    /// <summary>Ranks that share the evaluation.</summary>
    public World World { get; private init; } = World.Single;

    /// <summary>SHA-256 of the weights.</summary>
    public string WeightsHash { get; } = "";

    /// <summary>D.</summary>
    public long Dimension { get; }

    /// <summary>Time since the session began.</summary>
    public EvaluationClock Clock { get; } = new();

    /// <summary>Called after each batch.</summary>
    public Action<EvaluationProgress>? Report { get; init; }

    private string Encoder { get; } = "";

    /// <summary>Removes what was kept for the case of an interruption; call it when the results are safe.</summary>
    public void Complete()
    {
        finished.ForEach(File.Delete);
        finished.Clear();
    }

    /// <summary>Whether anybody is told how far an evaluation has come.</summary>
    internal bool TellsProgress => Report is not null;

    /// <summary>Key of what is made of these parts with this model; empty where nothing is kept.</summary>
    internal string Key(params IEnumerable<string> parts)
        => folder is null
            ? ""
            : Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Prepend(Encoder).Prepend(WeightsHash)))))[..KeyLength];

    /// <summary>Key of the features of a set, as the set's options have them encoded; empty where nothing is kept.</summary>
    internal string Key<T>(OpenedSet<T> set) => folder is null ? "" : Key([set.Fingerprint()]);

    /// <summary>Features that an interrupted session of that key left, or none yet.</summary>
    internal KeptFeatures OpenFeatures(string key)
        => new(folder is null ? null : FeatureFile.Open(Path.Combine(Evaluations, key + ".npy"), ScalarType.Float32, [Dimension], key));

    /// <summary>
    /// The result of that key in an interrupted session, or else what is measured now, which is kept until <see cref="Complete"/>.
    /// </summary>
    /// <param name="key">Of everything that decides the result.</param>
    /// <param name="measure">Gives the result, and the keys of the features that are then of no more use.</param>
    internal EvaluationResult Result(string key, Func<(EvaluationResult Result, string[] Features)> measure)
    {
        var kept = folder is null ? null : KeptJson.Read<EvaluationResult>(ResultPath(key));
        if (World.Gather(kept is not null)[0])
        {
            finished.AddRange(kept is null ? [] : [ResultPath(key)]);
            return kept ?? OfAnotherRank;
        }

        var (result, features) = EvaluationClock.Time(Clock.Total, measure);
        if (folder is not null)
        {
            CreateFolder(Evaluations);
            KeptJson.Write(ResultPath(key), result);
            finished.Add(ResultPath(key));
        }

        foreach (var name in features)
        {
            using var encoded = OpenFeatures(name);
            encoded.Discard();
        }

        return result;
    }

    /// <summary>What a rank gets that helps another measure.</summary>
    internal static EvaluationResult OfAnotherRank { get; } = new("", "", new Dictionary<string, double>(), 0, 0);

    /// <summary>Tells how far an evaluation has come.</summary>
    internal void Tell(string set, long done, long total, double perSecond)
        => Report?.Invoke(new EvaluationProgress(set, done, total, perSecond, Clock.EncoderShare));

    /// <summary>The text classifier of these prompts, computed if it is not kept from earlier.</summary>
    /// <param name="prompts">Everything that decides it but the model.</param>
    /// <param name="compute">Makes it, [D, C], on all ranks.</param>
    /// <returns>[D, C]; on the CPU where it was kept. Empty on ranks that do not write.</returns>
    internal Tensor Classifier(IEnumerable<string> prompts, Func<Tensor> compute)
    {
        const string Name = "weights";
        var classifiers = Path.Combine(folder ?? "", "classifiers");
        var path = folder is null ? null : Path.Combine(classifiers, $"{WeightsHash[..KeyLength]}-{Key(prompts)}.safetensors");
        if (World.Gather(File.Exists(path))[0])
        {
            using var file = path is null ? null : TensorFile.Open(path);
            return file?.Read(Name) ?? empty(0);
        }

        var weights = compute();
        if (path is null)
        {
            return weights;
        }

        CreateFolder(classifiers);
        AtomicFile.Write(path, temporary => SafetensorsWriter.Write(temporary, [(Name, weights)]));
        return weights;
    }

    private string Evaluations => Path.Combine(folder!, "evaluations");

    private static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be made ({failure.Message.ReplaceLineEndings(" ")}). Name a writable folder with PE_CACHE.",
                failure);
        }
    }

    private string ResultPath(string key) => Path.Combine(Evaluations, key + ".json");
}
