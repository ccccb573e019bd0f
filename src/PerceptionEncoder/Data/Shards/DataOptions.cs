using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Remote;
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
    /// become shorter than <see cref="ShuffleWindow"/> for it. Each source has an equal part, in stages that draw from fewer sources too.
    /// Of several <see cref="Streams"/>, each may hold so much. 1 GiB.
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

    /// <summary>
    /// Streams that the shards of each source are dealt to, each with an order and windows of its own; sample i of a batch is of stream i
    /// modulo so many. A rank reads the shards of its own streams alone, so that many ranks do not each read all; the number must be a
    /// multiple of the ranks', and the samples do not depend on how many ranks share the streams. With 1 every rank reads all shards.
    /// </summary>
    [Range(1, 65536)]
    public int Streams { get; init; } = 1;

    /// <summary>Retries of an address that gives not a byte, each after a longer pause, before the run stops.</summary>
    [Range(0, 1000)]
    public int Retries { get; init; } = 5;

    /// <summary>Seconds of silence after which an address is tried again.</summary>
    [Range(1, 86400)]
    public int Timeout { get; init; } = 60;

    /// <summary>Where <c>s3://</c> is.</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>
    /// Where shards of other machines are kept, each fetched whole before its turn; left out, they are read as they come.
    /// </summary>
    public ShardCacheOptions? Cache { get; init; }

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

    /// <summary>Refuses a number of ranks that cannot share the streams.</summary>
    /// <exception cref="UserErrorException">The streams are several and no multiple of the ranks.</exception>
    internal void DemandRanks(int ranks)
    {
        if (Streams > 1 && Streams % ranks != 0)
        {
            throw new UserErrorException($"data.streams: {Streams} streams cannot be dealt evenly to {ranks} ranks. Choose a multiple of "
                + $"{ranks}, or 1, with which every rank reads all shards.");
        }
    }

    /// <summary>Opens shards as these options say.</summary>
    internal ShardAccess Access() => new(Retries, TimeSpan.FromSeconds(Timeout), S3, Cache);

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
        foreach (var (key, problem) in RecordRules.Problems(options))
        {
            throw new UserErrorException($"{place}.{key}: {problem}.");
        }
    }
}
