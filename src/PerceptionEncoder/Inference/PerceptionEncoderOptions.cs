using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Inference;

/// <summary>What <see cref="PerceptionEncoderServices"/> registers: which model, where, and the limits of its queue.</summary>
public sealed record PerceptionEncoderOptions
{
    /// <summary>A file, folder or address, as <see cref="ClipEncoder.Open"/> takes it.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The tokenizer's file or folder; null for the one beside the checkpoint, or else that of <c>PE_VOCAB</c>.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>Side of the square input in pixels; null for the checkpoint's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>What happens to the aspect ratio of pictures.</summary>
    public ImageFit Fit { get; init; } = ImageFit.Squash;

    /// <summary>Larger pictures are refused.</summary>
    public long MaximumPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Device and threads; the defaults take CUDA where it is.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>Limits of the queue.</summary>
    public EncodingQueueOptions Queue { get; init; } = new();
}
