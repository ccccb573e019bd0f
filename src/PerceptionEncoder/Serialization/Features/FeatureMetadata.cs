namespace PerceptionEncoder.Serialization.Features;

/// <summary>What a feature file says of itself: names of <see cref="FeatureReader.Metadata"/>.</summary>
public static class FeatureMetadata
{
    /// <summary>SHA-256 of the weights, as <see cref="Weights.WeightsHash"/> gives it.</summary>
    public const string Model = "model";

    /// <summary>Where the weights were, for people.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>What the inputs are: <c>image</c>, <c>text</c> or <c>video</c>.</summary>
    public const string Kind = "kind";

    /// <summary>The <see cref="Kind"/> of a file that holds probabilities of classes, no features.</summary>
    internal const string Probabilities = "probabilities";

    /// <summary>The block after which the tower was cut, from 0; absent of the whole tower.</summary>
    public const string Layer = "layer";

    /// <summary>Side of the model's input in pixels.</summary>
    public const string ImageSize = "image_size";

    /// <summary>What happened to the aspect ratio: <c>squash</c> or <c>center_crop</c>.</summary>
    public const string Transform = "transform";

    /// <summary>Hash of everything that decided what the rows are: inputs, weights, options.</summary>
    public const string Fingerprint = "fingerprint";
}
