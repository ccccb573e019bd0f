using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;

namespace PerceptionEncoder.Recipes;

/// <summary>The shapes of both models of an alignment: the config's, or those of the checkpoints that it names.</summary>
/// <param name="Vision">The whole tower, as it is before alignment.</param>
/// <param name="Decoder">The language model.</param>
internal sealed record AlignedShapes(VisionOptions Vision, DecoderOptions Decoder)
{
    /// <param name="options">Of the config.</param>
    /// <param name="vocabularySize">Of the tokenizer, for a decoder without preset and checkpoint; null for what the config says.</param>
    /// <exception cref="UserErrorException">A checkpoint is missing, is another kind of model, or too shallow.</exception>
    public static AlignedShapes Of(AlignedModelOptions options, int? vocabularySize)
    {
        var (encoder, decoder) = (options.Encoder, options.Decoder);
        var vision = encoder.Vision ?? VisionOf(encoder.Checkpoint!);
        if (encoder.Layers > vision.Layers)
        {
            throw new UserErrorException($"model.encoder.layers: keeps {encoder.Layers} blocks of {vision.Layers}.");
        }

        return new AlignedShapes(
            vision,
            decoder is { Preset: null, Checkpoint: null, Shape: { } fresh } && vocabularySize is { } ids
                ? fresh with { VocabularySize = ids }
                : decoder.Shape ?? DecoderOf(decoder.Checkpoint!));
    }

    internal static VisionOptions VisionOf(string path)
    {
        using var weights = ModelWeights.Open(path);
        return weights.ArchitectureAs<ClipArchitecture>("contrastive model or its vision tower").Vision;
    }

    internal static DecoderOptions DecoderOf(string path)
    {
        using var weights = ModelWeights.Open(path);
        return weights.ArchitectureAs<LanguageArchitecture>("language model").Options.Decoder;
    }
}
