using PerceptionEncoder.Inference;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>How well texts describe images.</summary>
/// <param name="Images">B files.</param>
/// <param name="Texts">N texts.</param>
/// <param name="LogitScale">The model's factor on similarities.</param>
/// <param name="Similarities">Cosines, one row an image.</param>
/// <param name="Probabilities">Softmax of the scaled similarities over the texts, one row an image.</param>
public sealed record ImageTextSimilarity(
    IReadOnlyList<string> Images,
    IReadOnlyList<string> Texts,
    double LogitScale,
    IReadOnlyList<float[]> Similarities,
    IReadOnlyList<float[]> Probabilities)
{
    /// <summary>What multiplied: precision and, on a CPU, the library of float32 products.</summary>
    public string Products { get; init; } = "";

    /// <summary>Encodes both sides and compares each image with each text.</summary>
    /// <exception cref="UserErrorException">A file is missing or no usable image.</exception>
    public static ImageTextSimilarity Of(ClipEncoder encoder, IReadOnlyList<string> images, IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using var scope = NewDisposeScope();
        var (imageFeatures, textFeatures) = (encoder.EncodeImageFiles(images), encoder.EncodeTexts(texts));
        using var exact = Tf32.Suspend();
        return new ImageTextSimilarity(
            images,
            texts,
            encoder.LogitScale,
            matmul(imageFeatures, textFeatures.t()).ToRows(),
            encoder.Probabilities(imageFeatures, textFeatures).ToRows()) { Products = encoder.Products };
    }
}
