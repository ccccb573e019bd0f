using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation;

/// <summary>One data set in CLIP-benchmark's webdataset layout and how its images become the model's input.</summary>
public sealed record EvaluationSetOptions
{
    /// <summary>What to measure.</summary>
    public required EvaluationType Type { get; init; }

    /// <summary>Name in logs, metrics and results.</summary>
    public required string Name { get; init; }

    /// <summary>Folder that holds the split's folder and, for classification, <c>classnames.txt</c> and the templates.</summary>
    public required string Data { get; init; }

    /// <summary>Folder of the shards.</summary>
    public string Split { get; init; } = "test";

    /// <summary>Images encoded at once, and captions likewise.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 256;

    /// <summary>Squash is the Perception Encoder's own; the paper reports the better of both [B.1.2].</summary>
    public ImageFit Transform { get; init; } = ImageFit.Squash;

    /// <summary>Frames of a clip, spread evenly from first to last, for a set of clips; null for a set of images. The paper takes 8 [B.1.2].</summary>
    [Range(1, 1000)]
    public int? Frames { get; init; }

    /// <summary>For clips that are files: the published list of the split, with labels or captions. Null where folders are classes, or captions stand beside the clips.</summary>
    public string? List { get; init; }

    /// <summary>For clips in shards: where captions are, as in <see cref="SourceOptions.Captions"/>; every line of a <c>txt</c> is one.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> Captions { get; init; } = ["txt", "json.caption"];

    /// <summary>Side of the square input in pixels; null is the model's own.</summary>
    [Range(1, int.MaxValue)]
    public int? Resolution { get; init; }

    /// <summary>Images of more pixels are unreadable. The default is the size at which PIL suspects a decompression bomb.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;
}
