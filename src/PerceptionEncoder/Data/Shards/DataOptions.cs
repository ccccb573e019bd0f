using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Shards;

/// <summary>What is trained on and how it is read ahead.</summary>
public sealed record DataOptions
{
    /// <summary>Sources, drawn from in proportion to their weights.</summary>
    [MinLength(1)]
    public required IReadOnlyList<SourceOptions> Train { get; init; }

    /// <summary>
    /// Samples that are shuffled among each other. Shards are shuffled as wholes besides, so this need not reach the size of the set.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int ShuffleWindow { get; init; } = 10_000;

    /// <summary>
    /// Bytes of encoded samples that the shuffle windows of all sources may hold together, read-ahead included; windows of large samples
    /// become shorter than <see cref="ShuffleWindow"/> for it. Each source has an equal part, in stages that draw from fewer sources too. 1
    /// GiB.
    /// </summary>
    [Range(1, long.MaxValue)]
    public long ShuffleBytes { get; init; } = 1L << 30;

    /// <summary>
    /// Threads that decode and augment; 0 takes one for each core that the process has. The order of samples does not depend on it.
    /// </summary>
    [Range(0, 1024)]
    public int Workers { get; init; }

    /// <summary>Finished batches that wait for the trainer.</summary>
    [Range(1, 1024)]
    public int Prefetch { get; init; } = 2;

    /// <summary>Images of more pixels are bad samples. The default is the size at which PIL suspects a decompression bomb.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>
    /// Decodes JPEG at a half, a quarter or an eighth of its size where the crop then still has at least the pixels that it is resized to.
    /// Faster for photographs much larger than the model's input; crops come a little softer. Evaluation and encoding never do it.
    /// </summary>
    public bool JpegScaling { get; init; }

    /// <summary>Share of bad samples above which the run stops; looked at from 1,000 draws or one epoch on. 1 never stops.</summary>
    [Range(0.0, 1.0)]
    public double BadSampleLimit { get; init; } = 0.05;

    /// <summary>
    /// Checks the rules of all fields, for callers that do not come from a config file, which checks them with line and column.
    /// </summary>
    /// <exception cref="UserErrorException">A value out of its range; names the field.</exception>
    internal void Check()
    {
        Check(this, "data");
        for (var i = 0; i < Train.Count; i++)
        {
            Check(Train[i], $"data.train[{i}]");
            foreach (var (key, problem) in Train[i].Problems())
            {
                throw new UserErrorException($"data.train[{i}].{key}: {problem}.");
            }
        }
    }

    private static void Check(object options, string place)
    {
        foreach (var member in RecordShape.Of(options.GetType()).Members)
        {
            foreach (var (index, problem) in RecordRules.Check(member, member.Property.GetValue(options)))
            {
                throw new UserErrorException($"{place}.{member.Key}{(index < 0 ? "" : $"[{index}]")}: {problem}.");
            }
        }
    }
}
