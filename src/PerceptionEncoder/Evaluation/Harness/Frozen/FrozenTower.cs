using PerceptionEncoder.Inference;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>A vision tower whose features are measured as they are, and where it is asked for, the text tower that belongs to it.</summary>
public sealed class FrozenTower : IDisposable
{
    private readonly LoadedClip? clip;

    private FrozenTower(string path, VisionTransformer vision, LoadedClip? clip, string? origin, Device device, Precision precision)
        => (Path, Vision, this.clip, Origin, Device, Precision) = (path, vision, clip, origin, device, precision.On(device));

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>Which entry of the file the weights are, and what was chosen; null where the file is nothing else.</summary>
    public string? Origin { get; }

    /// <summary>The tower, in eval mode.</summary>
    public VisionTransformer Vision { get; }

    /// <summary>Where the tower is.</summary>
    public Device Device { get; }

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; }

    /// <summary>n captions to [n, C]; null where the text tower was not asked for.</summary>
    public Func<IReadOnlyList<string>, Tensor>? EncodeTexts
        => clip is null ? null : new ClipEncoder(clip.Model, clip.Tokenizer, Device, Precision).EncodeTexts;

    /// <summary>Hash of the text tower's vocabulary; null where it was not asked for.</summary>
    internal string? Vocabulary => clip?.Tokenizer.Hash();

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">As <see cref="ModelWeights.Open"/> takes it.</param>
    /// <param name="compute">Device and threads.</param>
    /// <param name="imageSize">Side of the square input in pixels; null for the checkpoint's own.</param>
    /// <param name="withTexts">Load the text tower and its tokenizer too.</param>
    /// <param name="precision">Arithmetic of matrix products.</param>
    /// <param name="vocabulary">The text tower's vocabulary, file or folder; null for the usual search.</param>
    /// <exception cref="UserErrorException">Nothing usable is there; says what is missing.</exception>
    public static FrozenTower Open(
        string path,
        ComputeOptions compute,
        int? imageSize = null,
        bool withTexts = false,
        Precision precision = Precision.Auto,
        string? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(compute);
        var device = compute.Prepare();
        if (withTexts)
        {
            var clip = LoadedClip.Open(path, device, imageSize, vocabulary);
            return new FrozenTower(clip.Path, clip.Model.Visual, clip, clip.Origin, device, precision);
        }

        using var checkpoint = ModelWeights.Open(path);
        var vision = checkpoint.LoadVision(imageSize);
        vision.to(device);
        return new FrozenTower(checkpoint.Path, vision, null, checkpoint.Tensors.Origin, device, precision);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (clip is null)
        {
            Vision.Dispose();
        }

        clip?.Dispose();
    }
}
