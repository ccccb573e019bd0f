using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// One data set and how its images become the model's input. The layout is told apart by what is there: CLIP-benchmark's webdataset, a
/// folder for each class as torchvision's ImageFolder, or ObjectNet's archive. A name that is one of the published ImageNet sets brings
/// their protocol with it. With <see cref="Frames"/> it is a set of clips, which <see cref="IsolateDecoder"/>, <see cref="List"/> and
/// <see cref="Captions"/> are for; <see cref="OpenedSet.Open"/> decides it, and nobody else asks.
/// </summary>
public sealed record EvaluationSetOptions
{
    /// <summary>What to measure.</summary>
    public required EvaluationType Type { get; init; }

    /// <summary>Name in logs, metrics and results.</summary>
    [RegularExpression(FolderName.VisiblePattern, ErrorMessage = FolderName.VisibleProblem)]
    public required string Name { get; init; }

    /// <summary>
    /// Folder that holds the split's folder or the folders of the classes and, for classification, <c>classnames.txt</c> and the templates.
    /// </summary>
    public required string Data { get; init; }

    /// <summary>
    /// Folder of the shards, or of the folders of the classes where they are not in <see cref="Data"/> itself or its <c>val</c>.
    /// </summary>
    public string Split { get; init; } = "test";

    /// <summary>
    /// File with <c>class_names</c> and <c>templates</c>, or folder of prompts; goes before what <see cref="Data"/> holds. Null for that,
    /// else <c>PE_PROMPTS</c>.
    /// </summary>
    public string? Prompts { get; init; }

    /// <summary>Pixels cut off each side of every image. Null is what the set needs: 2 for ObjectNet with its red frame, else 0.</summary>
    [Range(0, 1000)]
    public int? Border { get; init; }

    /// <summary>Images encoded at once, and captions likewise.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 256;

    /// <summary>
    /// What happens to the aspect ratio. Null measures with each transform and reports the better, as the paper does [B.1.2]; pictures that
    /// are all square need only one.
    /// </summary>
    public ImageFit? Transform { get; init; }

    /// <summary>
    /// Frames of a clip, spread evenly from first to last, for a set of clips; null for a set of images. The paper takes 8 [B.1.2].
    /// </summary>
    [Range(1, 1000)]
    public int? Frames { get; init; }

    /// <summary>Decode clips in child processes only: for files from strangers.</summary>
    public bool IsolateDecoder { get; init; }

    /// <summary>
    /// For clips that are files: the published list of the split, with labels or captions. Null where folders are classes, or captions
    /// stand beside the clips.
    /// </summary>
    public string? List { get; init; }

    /// <summary>
    /// In shards: where captions are, as in <see cref="SourceOptions.Captions"/>; every line of a <c>txt</c> is one.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string> Captions { get; init; } = ["txt", "json.caption"];

    /// <summary>The transform of a single pass over the pictures: squash, the Perception Encoder's own, where none is chosen.</summary>
    internal ImageFit Fit => Transform ?? ImageFit.Squash;

    /// <summary>Side of the square input in pixels; null is the model's own.</summary>
    [Range(1, int.MaxValue)]
    public int? Resolution { get; init; }

    /// <summary>Images of more pixels are unreadable. The default is the size at which PIL suspects a decompression bomb.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;
}
