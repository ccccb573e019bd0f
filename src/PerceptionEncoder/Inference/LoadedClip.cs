using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tokenization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>A contrastive model with its tokenizer, read from a checkpoint of ours or a published one.</summary>
public sealed class LoadedClip : IDisposable
{
    private LoadedClip(string path, ClipModel model, ClipTokenizer tokenizer, string? assumed, string? origin)
    {
        Path = path;
        Assumed = assumed;
        Origin = origin;
        Model = model;
        Tokenizer = tokenizer;
    }

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>As <see cref="ModelWeights.Assumed"/> has it; null where the file names its architecture.</summary>
    public string? Assumed { get; }

    /// <summary>Which entry of the file the weights are, and what was chosen; null where the file is nothing else.</summary>
    public string? Origin { get; }

    /// <summary>The model, in eval mode.</summary>
    public ClipModel Model { get; }

    /// <summary>The tokenizer of the text tower.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">As <see cref="ModelWeights.Open"/> takes it.</param>
    /// <param name="device">Where the model goes.</param>
    /// <param name="imageSize">Side of the square input in pixels; null for the checkpoint's own.</param>
    /// <param name="vocabulary">The tokenizer's file or folder; null for <see cref="TokenizerLocation"/>'s search.</param>
    /// <exception cref="UserErrorException">Nothing usable is there; says what is missing.</exception>
    public static LoadedClip Open(string path, Device device, int? imageSize = null, string? vocabulary = null)
    {
        using var weights = ModelWeights.Open(path);
        var tokenizer = TokenizerLocation.Load(weights.Path, vocabulary, weights.ClipArchitecture().Text!.VocabularySize);
        var model = weights.LoadClip(imageSize, device);
        return new LoadedClip(weights.Path, model, tokenizer, weights.Assumed(new ClipArchitecture(model.Options)), weights.Tensors.Origin);
    }

    /// <summary>SHA-256 of the weights: what a result was measured with.</summary>
    public string Hash() => WeightsHash.Of(Path);

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
