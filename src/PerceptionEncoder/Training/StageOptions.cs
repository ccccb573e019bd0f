using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Training;

/// <summary>One stage of training: a resolution and how long to stay at it [2.1, progressive resolution].</summary>
public record StageOptions
{
    /// <summary>Side of the square input, in pixels.</summary>
    [Range(1, 16384)]
    public required int Resolution { get; init; }

    /// <summary>Samples to see in this stage, rounded up to whole batches; give this or <see cref="Steps"/>.</summary>
    [Range(1L, long.MaxValue)]
    public long? Samples { get; init; }

    /// <summary>Optimiser steps of this stage; give this or <see cref="Samples"/>.</summary>
    [Range(1L, long.MaxValue)]
    public long? Steps { get; init; }

    /// <summary>Samples of one optimiser step: the batch the contrastive loss sees.</summary>
    [Range(2, int.MaxValue)]
    public required int Batch { get; init; }

    /// <summary>Samples encoded at a time, when the whole batch does not fit in memory; must divide <see cref="Batch"/>.</summary>
    [Range(1, int.MaxValue)]
    public int? MicroBatch { get; init; }

    /// <summary>
    /// Makes this a cooldown stage [2.2, App. B.1.2: 50M images at the final resolution]: the rate falls in a straight line from this to 0,
    /// and the run's schedule ends before it. The paper gives no rate (inferred). Null for a stage under the run's schedule.
    /// </summary>
    [Range(0, 1e3)]
    public double? CooldownRate { get; init; }

    /// <summary>
    /// The stage draws from the sources of this kind alone, such as the images of a cooldown before video; null for all sources, mixed by
    /// their weights.
    /// </summary>
    public MediaKind? Media { get; init; }

    /// <summary>Names of the sources that the stage draws from (<c>data.train[].name</c>), by their weights; null for all.</summary>
    [MinLength(1, ErrorMessage = "name at least one source, or leave it out for all")]
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Where the stage has one of its own; null under the run's.</summary>
    internal virtual StageSchedule? Schedule => null;

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public virtual IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Media == MediaKind.Text)
        {
            yield return ("media", "must be image or video: captions belong to one of them");
        }

        if (Samples is null == Steps is null)
        {
            yield return ("", "give either samples or steps");
        }

        if (MicroBatch is { } micro && Batch % micro != 0)
        {
            yield return ("micro_batch", $"must divide batch, but {Batch} is not a multiple of {micro}");
        }
    }
}
