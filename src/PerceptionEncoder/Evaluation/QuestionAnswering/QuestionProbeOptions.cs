using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>
/// Questions about pictures, and the small decoder that learns to answer them from each layer's tokens, the same and for the same time at
/// every layer.
/// </summary>
public sealed record QuestionProbeOptions
{
    /// <summary>Name in results.</summary>
    public required string Name { get; init; }

    /// <summary>Shards to learn from: a picture and a <c>.json</c> with <c>conversations</c> a sample.</summary>
    public required string Train { get; init; }

    /// <summary>Shards to measure with.</summary>
    public required string Test { get; init; }

    /// <summary>Images encoded at once.</summary>
    [Range(1, int.MaxValue)]
    public int Batch { get; init; } = 64;

    /// <summary>The first so many questions of <see cref="Train"/>; null for all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainLimit { get; init; }

    /// <summary>Steps of training.</summary>
    [Range(1, int.MaxValue)]
    public int Steps { get; init; } = 1500;

    /// <summary>Questions of a step.</summary>
    [Range(1, int.MaxValue)]
    public int StepBatch { get; init; } = 64;

    /// <summary>Peak learning rate of AdamW; a twentieth of the steps are warm-up.</summary>
    [Range(0, 10)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>So many patches a side become one visual token.</summary>
    [Range(1, 64)]
    public int PoolingRatio { get; init; } = 2;

    /// <summary>Channels of the decoder.</summary>
    [Range(8, 8192)]
    public int Width { get; init; } = 128;

    /// <summary>Blocks of the decoder.</summary>
    [Range(1, 100)]
    public int Layers { get; init; } = 2;

    /// <summary>Heads of a block.</summary>
    [Range(1, 256)]
    public int Heads { get; init; } = 4;

    /// <summary>Of weights and order.</summary>
    public ulong Seed { get; init; } = 17;

    /// <summary>Images of more pixels are unreadable.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Width % Heads != 0 || Width / Heads % 2 != 0)
        {
            yield return ("heads", $"must divide width {Width} into even parts");
        }
    }
}
