using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Probes;

// B images · N tokens · D width · C classes
/// <summary>
/// A trained linear or attention probe in a safetensors file, with what it needs to be used again: the encoder's hash, layer and input,
/// and the names of the classes.
/// </summary>
public sealed class SavedProbe : IDisposable
{
    private const string FormatName = "perception-encoder probe 1";

    private readonly Dictionary<string, Tensor> tensors;
    private readonly ProbeFeature feature;
    private readonly AttentionProbeHead? head;

    private SavedProbe(SafetensorsFile file)
    {
        string Text(string name) => file.Metadata.TryGetValue(name, out var text) ? text : throw new FormatException($"no {name}");
        (Path, Model, Checkpoint) = (file.Path, Text("model"), Text("checkpoint"));
        Classes = JsonSerializer.Deserialize<string[]>(Text("classes"))!;
        Layer = int.Parse(Text("layer"), CultureInfo.InvariantCulture);
        ImageSize = int.Parse(Text("image_size"), CultureInfo.InvariantCulture);
        Transform = Enum.Parse<ImageFit>(Text("transform"));
        Task = Enum.Parse<ProbeTask>(Text("task"));
        feature = Enum.Parse<ProbeFeature>(Text("feature"));
        using var scope = NewDisposeScope();
        tensors = file.Entries.Keys.ToDictionary(name => name, name => file.Read(name).MoveToOuterDisposeScope().DetachFromDisposeScope());
        if (Task == ProbeTask.Attention)
        {
            var width = (int)tensors["norm.weight"].shape[0];
            head = new AttentionProbeHead(width, int.Parse(Text("heads"), CultureInfo.InvariantCulture), Classes.Count);
            head.load_state_dict(tensors, strict: true);
            head.eval();
        }
        else if (tensors["classifier"].shape[1] != Classes.Count || tensors["mean"].shape[0] + 1 != tensors["classifier"].shape[0])
        {
            throw new FormatException("its tensors have other shapes");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Linear or attention.</summary>
    public ProbeTask Task { get; }

    /// <summary>Names by label.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The layer whose tokens it sees, from 0.</summary>
    public int Layer { get; }

    /// <summary>Side of the encoder's input in pixels.</summary>
    public int ImageSize { get; }

    /// <summary>What happens to the aspect ratio.</summary>
    public ImageFit Transform { get; }

    /// <summary>SHA-256 of the encoder's weights.</summary>
    public string Model { get; }

    /// <summary>Where these were.</summary>
    public string Checkpoint { get; }

    /// <summary>Reads a probe.</summary>
    /// <exception cref="UserErrorException">It is missing, or no saved probe.</exception>
    public static SavedProbe Open(string path)
    {
        TorchRuntime.Initialize();
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != FormatName)
        {
            throw new UserErrorException($"{path}: is no saved probe. Name a file that 'pe eval probe --save' wrote.");
        }

        try
        {
            return new SavedProbe(file);
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException or JsonException or KeyNotFoundException)
        {
            throw new UserErrorException(
                $"{path}: is damaged ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Train it again.",
                failure);
        }
    }

    /// <summary>Refuses another encoder than the one it was trained on.</summary>
    /// <param name="weights">The weights file.</param>
    /// <exception cref="UserErrorException">It is another.</exception>
    public void Require(string weights)
    {
        if (WeightsHash.Of(weights) is var hash && hash != Model)
        {
            throw new UserErrorException($"{Path}: was trained on another encoder ({Checkpoint}, {Model[..Math.Min(12, Model.Length)]}) "
                + $"than {weights} ({hash[..12]}). Name that checkpoint, or train the probe again.");
        }
    }

    /// <summary>Moves it to where the encoder is.</summary>
    public void To(Device device)
    {
        foreach (var name in tensors.Keys.ToArray())
        {
            var moved = tensors[name].to(device).DetachFromDisposeScope();
            if (!ReferenceEquals(moved, tensors[name]))
            {
                tensors[name].Dispose();
                tensors[name] = moved;
            }
        }

        head?.to(device);
    }

    /// <summary>Probabilities of the classes.</summary>
    /// <param name="vision">The encoder, where this is.</param>
    /// <param name="images">float [B, 3, H, W] in [-1, 1].</param>
    /// <returns>float32 [B, C]; rows sum to 1.</returns>
    public Tensor Probabilities(VisionTransformer vision, Tensor images)
    {
        ArgumentNullException.ThrowIfNull(vision);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor? scores = null;
        vision.ForwardLayers(
            images,
            (layer, tokens) => scores = layer == Layer ? Scores(vision, tokens).MoveToOtherDisposeScope(scope) : scores,
            Layer);
        return scores!.softmax(-1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        head?.Dispose();
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Writes a probe, in one move.</summary>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written.</exception>
    internal static void Write(
        ProbeSaving saving,
        ProbeTask task,
        int layer,
        ProbeFeature feature,
        VisionTransformer vision,
        IReadOnlyList<string> classes,
        ImageFit transform,
        IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["task"] = task.ToString(),
            ["layer"] = layer.ToString(CultureInfo.InvariantCulture),
            ["feature"] = feature.ToString(),
            ["heads"] = vision.Options.Heads.ToString(CultureInfo.InvariantCulture),
            ["image_size"] = vision.Options.ImageSize.ToString(CultureInfo.InvariantCulture),
            ["transform"] = transform.ToString(),
            ["classes"] = JsonSerializer.Serialize(classes),
            ["checkpoint"] = saving.Weights,
            ["model"] = WeightsHash.Of(saving.Weights),
        };
        AtomicFile.Write(saving.Path, temporary => SafetensorsWriter.Write(temporary, tensors, metadata));
    }

    private Tensor Scores(VisionTransformer vision, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        // Tokens are kept in float16 while probes are trained.
        var scores = head is not null
            ? head.call(tokens.to(float16).to(float32))
            : LogisticRegression.Scores(
                new Standardization(tensors["mean"], tensors["scale"]).Apply(ProbeFeatures.Vector(vision, tokens, feature).clone()),
                tensors["classifier"]);
        return scores.to(float32).MoveToOuterDisposeScope();
    }
}
