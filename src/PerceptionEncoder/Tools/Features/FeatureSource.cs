using System.Globalization;
using PerceptionEncoder.Media;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tools.Features;

/// <summary>
/// Features that are there, or can be made: a feature file, or images as <see cref="EncodeFeatures.Inputs"/> takes them, which are encoded
/// once and kept.
/// </summary>
public sealed record FeatureSource
{
    /// <summary>One feature file, or images: files, folders, lists, tables, shards.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>How images are encoded; its inputs and output are not looked at. Null where only feature files are taken.</summary>
    public EncodeFeatures? Encode { get; init; }

    /// <summary>Where encoded features are kept; null for the cache folder.</summary>
    public string? Kept { get; init; }

    /// <summary>Whether the input is a feature file.</summary>
    public bool IsFile => Inputs is [var only] && FeatureReader.IsFeatureFile(only);

    /// <summary>Whether the inputs are image files and nothing else.</summary>
    public bool IsImages => Inputs.All(input => MediaFiles.IsImage(input) && !Directory.Exists(input));

    /// <summary>The path of a feature file with a row for each image; encodes them where no such file of the same inputs is kept.</summary>
    /// <param name="log">Takes a line about what is used, and for each input that cannot be.</param>
    /// <param name="report">Called after each batch.</param>
    /// <param name="cancellation">Stops between two batches; what was encoded is kept.</param>
    /// <exception cref="UserErrorException">There is nothing to encode, or nothing to encode it with.</exception>
    public string Find(Action<string> log, Action<EncodingProgress>? report, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (IsFile)
        {
            return Inputs[0];
        }

        if (Encode is not { } how)
        {
            throw new UserErrorException($"{Inputs[0]}: is no feature file, and images are encoded by a model: add --checkpoint PATH.");
        }

        var encode = how with { Kind = MediaKind.Image, Inputs = Inputs };
        var identity = encode.Identity();
        var path = Kept ?? Path.Combine(CacheFolder(), identity + ".safetensors");
        if (File.Exists(path))
        {
            using var there = FeatureReader.Open(path);
            if (there.Metadata.GetValueOrDefault(FeatureMetadata.Fingerprint) == identity)
            {
                log($"{path}: {there.Rows} features that were encoded before");
                return path;
            }

            if (!there.Metadata.ContainsKey(FeatureMetadata.Fingerprint))
            {
                throw new UserErrorException($"{path}: is there, and no features that this command kept. Name another file.");
            }

            log($"{path}: holds features of other inputs, weights or options; encoded again");
        }

        var summary = (encode with { Output = path }).Run(log, report, cancellation);
        var unreadable = summary.Unreadable > 0 ? $", {summary.Unreadable} unreadable" : "";
        log(string.Create(CultureInfo.InvariantCulture, $"{path}: {summary.Rows} features, {summary.RowsPerSecond:0.#}/s{unreadable}"));
        return path;
    }

    /// <summary>Refuses features that another model made: their cosines with a query would mean nothing.</summary>
    /// <param name="file">The features.</param>
    /// <param name="weights">The weights that encode the query.</param>
    /// <param name="log">Takes a line where the file does not say what made it.</param>
    /// <exception cref="UserErrorException">They are of another model, or of a layer before its last.</exception>
    internal static void Check(FeatureReader file, string weights, Action<string> log)
    {
        if (file.Metadata.GetValueOrDefault(FeatureMetadata.Kind) == FeatureMetadata.Probabilities)
        {
            throw new UserErrorException($"{file.Path}: holds probabilities of classes, no features. Name another file.");
        }

        if (file.Metadata.TryGetValue(FeatureMetadata.Layer, out var layer))
        {
            throw new UserErrorException($"{file.Path}: holds features of layer {layer}, where a query has those of the whole model. "
                + "Encode without --layer.");
        }

        if (!file.Metadata.TryGetValue(FeatureMetadata.Model, out var model))
        {
            log($"{file.Path}: does not say which model made it; taken as that of {weights}");
        }
        else if (WeightsHash.Of(weights) is var hash && hash != model)
        {
            throw new UserErrorException($"{file.Path}: holds features of another model "
                + $"({file.Metadata.GetValueOrDefault(FeatureMetadata.Checkpoint)}, {model[..Math.Min(12, model.Length)]}) than {weights} "
                + $"({hash[..12]}). Name that checkpoint, or encode again.");
        }
    }

    private static string CacheFolder()
    {
        var folder = Path.Combine(RemoteOptions.FromEnvironment().Cache, "features");
        try
        {
            return Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{folder}: cannot be made ({failure.Message.ReplaceLineEndings(" ")}). Name a writable folder with PE_CACHE.",
                failure);
        }
    }
}
