using PerceptionEncoder.Inference;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>How well texts describe images.</summary>
/// <param name="Images">B names.</param>
/// <param name="Texts">N texts.</param>
/// <param name="LogitScale">The model's factor on similarities.</param>
/// <param name="Similarities">Cosines, one row an image.</param>
/// <param name="Probabilities">
/// Softmax of the scaled similarities over the texts, one row an image; empty of a single text, which has nobody to share with.
/// </param>
public sealed record ImageTextSimilarity(
    IReadOnlyList<string> Images,
    IReadOnlyList<string> Texts,
    double LogitScale,
    IReadOnlyList<float[]> Similarities,
    IReadOnlyList<float[]> Probabilities)
{
    private const int RowsAtOnce = 4096;

    /// <summary>What multiplied: precision and, on a CPU, the library of float32 products.</summary>
    public string Products { get; init; } = "";

    /// <summary>Encodes both sides and compares each image with each text.</summary>
    /// <exception cref="UserErrorException">A file is missing or no usable image.</exception>
    public static ImageTextSimilarity Of(ClipEncoder encoder, IReadOnlyList<string> images, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using var scope = NewDisposeScope();
        return Of(encoder, images, [encoder.EncodeImageFiles(images)], texts);
    }

    /// <summary>Compares features that are there with texts.</summary>
    /// <param name="encoder">Of the texts.</param>
    /// <param name="checkpoint">That the encoder was opened from.</param>
    /// <param name="file">Features, of any length.</param>
    /// <param name="texts">N texts.</param>
    /// <param name="log">Takes a line where the file does not say which model made it.</param>
    /// <exception cref="UserErrorException">The features are of another model.</exception>
    public static ImageTextSimilarity Of(
        ClipEncoder encoder,
        string checkpoint,
        FeatureReader file,
        IReadOnlyList<string> texts,
        Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(file);
        FeatureSource.Check(file, WeightsLocation.Find(checkpoint), log);
        if (!file.RowShape.SequenceEqual([encoder.Dimension]))
        {
            throw new UserErrorException($"{file.Path}: holds [{string.Join(", ", file.RowShape)}] numbers for each input, and texts have "
                + $"[{encoder.Dimension}]. Encode pooled features with this checkpoint.");
        }

        return Of(encoder, [.. file.Keys()], file.Blocks(RowsAtOnce), texts);
    }

    private static ImageTextSimilarity Of(
        ClipEncoder encoder,
        IReadOnlyList<string> images,
        IEnumerable<Tensor> features,
        IReadOnlyList<string> texts)
    {
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        var textFeatures = encoder.EncodeTexts(texts);
        List<float[]> similarities = [], probabilities = [];
        foreach (var block in features)
        {
            using var step = NewDisposeScope();
            var units = nn.functional.normalize(block.to(float32).SendTo(textFeatures.device), p: 2, dim: -1);
            similarities.AddRange(matmul(units, textFeatures.t()).ToRows());
            if (texts.Count > 1)
            {
                probabilities.AddRange(encoder.Probabilities(units, textFeatures).ToRows());
            }

            block.Dispose();
        }

        return new ImageTextSimilarity(images, texts, encoder.LogitScale, similarities, probabilities) { Products = encoder.Products };
    }
}
