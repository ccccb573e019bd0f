using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// What an evaluation by itself has and one during training has not: what is encoded is kept, so that an interrupted evaluation goes on; text classifiers are kept
/// for the next one; time is accounted for and progress is told.
/// </summary>
/// <remarks>Everything is keyed by hashes of what decides it, so that nothing stale is ever used; all of it may be deleted at any time.</remarks>
public sealed class EvaluationSession
{
    private const int KeyLength = 32;

    private readonly string evaluations;
    private readonly string classifiers;
    private readonly List<string> finished = [];

    /// <param name="folder">Holds what is kept.</param>
    /// <param name="weightsHash">Of the weights.</param>
    /// <param name="encoder">Whatever else decides the features of an image or text: vocabulary, precision, device, resolution.</param>
    /// <param name="dimension">D of the features.</param>
    public EvaluationSession(string folder, string weightsHash, string encoder, long dimension)
    {
        evaluations = Path.Combine(folder, "evaluations");
        classifiers = Path.Combine(folder, "classifiers");
        WeightsHash = weightsHash;
        Encoder = encoder;
        Dimension = dimension;
    }

    /// <summary>SHA-256 of the weights.</summary>
    public string WeightsHash { get; }

    /// <summary>D.</summary>
    public long Dimension { get; }

    /// <summary>Time since the session began.</summary>
    public EvaluationClock Clock { get; } = new();

    /// <summary>Called after each batch.</summary>
    public Action<EvaluationProgress>? Report { get; init; }

    private string Encoder { get; }

    /// <summary>Removes what was kept for the case of an interruption; call it when the results are safe.</summary>
    public void Complete()
    {
        finished.ForEach(File.Delete);
        finished.Clear();
    }

    /// <summary>Key of what is made of these parts with this model.</summary>
    internal string Key(params IEnumerable<string> parts)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts.Prepend(Encoder).Prepend(WeightsHash)))))[..KeyLength];

    /// <summary>Key of the images of a set, as the set's options have them encoded.</summary>
    internal string Key(EvaluationSetOptions set) => Key(
        SampleSource.Open(set).Fingerprint(),
        JsonSerializer.Serialize(set with { Data = Path.GetFullPath(set.Data), Prompts = null }));

    /// <summary>Features that an interrupted session of that key left, or none yet.</summary>
    internal FeatureFile OpenFeatures(string key)
        => FeatureFile.Open(Path.Combine(evaluations, key + ".npy"), ScalarType.Float32, [Dimension], key);

    /// <summary>The result of that key in an interrupted session; null where there is none.</summary>
    internal EvaluationResult? FindResult(string key)
    {
        var path = ResultPath(key);
        if (!File.Exists(path))
        {
            return null;
        }

        finished.Add(path);
        return JsonSerializer.Deserialize<EvaluationResult>(UserText.Read(path));
    }

    /// <summary>Keeps a result until <see cref="Complete"/>; its features are of no more use.</summary>
    internal void KeepResult(string key, EvaluationResult result, params IEnumerable<string> features)
    {
        CreateFolder(evaluations);
        AtomicFile.WriteAllText(ResultPath(key), JsonSerializer.Serialize(result));
        finished.Add(ResultPath(key));
        foreach (var name in features)
        {
            using var file = OpenFeatures(name);
            file.Discard();
        }
    }

    /// <summary>The text classifier of these prompts, computed if it is not kept from earlier.</summary>
    /// <param name="prompts">Everything that decides it but the model.</param>
    /// <param name="compute">Makes it, [D, C].</param>
    /// <returns>[D, C]; on the CPU where it was kept.</returns>
    internal Tensor Classifier(IEnumerable<string> prompts, Func<Tensor> compute)
    {
        const string Name = "weights";
        var path = Path.Combine(classifiers, $"{WeightsHash[..KeyLength]}-{Key(prompts)}.safetensors");
        if (File.Exists(path))
        {
            using var file = TensorFile.Open(path);
            return file.Read(Name);
        }

        var weights = compute();
        CreateFolder(classifiers);
        AtomicFile.Write(path, temporary => SafetensorsWriter.Write(temporary, [(Name, weights)]));
        return weights;
    }

    private static void CreateFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be made ({failure.Message.ReplaceLineEndings(" ")}). Name a writable folder with PE_CACHE.", failure);
        }
    }

    private string ResultPath(string key) => Path.Combine(evaluations, key + ".json");
}
