using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>A labelled set of images in two parts: one to train probes on, one to measure.</summary>
public sealed record ProbeSetOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>Folder in CLIP-benchmark's webdataset layout that holds the test part.</summary>
    public required string Data { get; init; }

    /// <summary>Folder of the test part's shards.</summary>
    public string Split { get; init; } = "test";

    /// <summary>Folder of the training part's shards, unless <see cref="Train"/> names others.</summary>
    public string TrainSplit { get; init; } = "train";

    /// <summary>
    /// Shards to train on, anywhere: a path or pattern such as <c>cifar10/{00000..00004}.tar</c>; or a folder with one for each class. Null
    /// for <see cref="TrainSplit"/>.
    /// </summary>
    public string? Train { get; init; }

    /// <summary>Key of the class index in the JSON member of <see cref="Train"/>'s samples; null for their <c>.cls</c> member.</summary>
    public string? LabelKey { get; init; }

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 128;

    /// <summary>What happens to the aspect ratio.</summary>
    public ImageFit Transform { get; init; } = ImageFit.Squash;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>One part, as the reader of evaluation sets takes it.</summary>
    internal EvaluationSetOptions Part(string split) => new()
    {
        Type = EvaluationType.Zeroshot,
        Name = Name,
        Data = Data,
        Split = split,
        Batch = Batch,
        Transform = Transform,
        MaxPixels = MaxPixels,
    };
}
