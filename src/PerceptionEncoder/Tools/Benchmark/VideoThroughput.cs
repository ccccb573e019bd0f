using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Speed of the video path.</summary>
/// <param name="Clips">Clips in one pass.</param>
/// <param name="Workers">Clips decoded at a time.</param>
/// <param name="Seconds">Time of the fastest pass.</param>
public sealed record VideoThroughput(int Clips, int Workers, double Seconds)
{
    /// <summary>Decoded and resized clips a second.</summary>
    public double ClipsPerSecond => Clips / Seconds;

    /// <summary>Decodes and resizes every clip, several times over, and keeps the fastest pass.</summary>
    /// <param name="files">Bytes of video files.</param>
    /// <param name="reader">Decoder under test.</param>
    /// <param name="frames">Of a clip.</param>
    /// <param name="side">Of the square frames, in pixels.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="passes">Number of passes; the first ones warm up.</param>
    /// <param name="cancellation">Stops the decoders.</param>
    /// <exception cref="UserErrorException">A clip cannot be decoded.</exception>
    public static VideoThroughput Measure(
        IReadOnlyList<ReadOnlyMemory<byte>> files,
        IVideoReader reader,
        int frames,
        int side,
        int workers,
        int passes = 4,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(files.Count, 1, nameof(files));
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        var transform = new ClipTransform(new ClipDecoder(reader, frames, cancellation: cancellation), side, ImageFit.Squash);
        var fastest = Enumerable.Range(0, passes).Min(_ =>
        {
            var clock = Stopwatch.StartNew();
            ParallelWork.ForEach(Enumerable.Range(0, files.Count), workers, Read, cancellation);
            return clock.Elapsed.TotalSeconds;
        });
        return new VideoThroughput(files.Count, workers, fastest);

        void Read(int clip)
        {
            try
            {
                transform.Read(files[clip]);
            }
            catch (BadSampleException bad)
            {
                throw new UserErrorException($"clip {clip + 1} of {files.Count} cannot be decoded: {bad.Message}", bad);
            }
        }
    }

    /// <summary>The clips of some shards, in stored order.</summary>
    /// <exception cref="UserErrorException">A shard cannot be read, or holds no clip.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ReadFiles(string shards)
    {
        var extensions = new SourceOptions { Shards = shards }.Videos;
        ReadOnlyMemory<byte>[] files =
        [
            .. SampleReader.ReadShards(ShardOrder.Find(shards), new BadSamples(), extensions.ToHashSet())
                .SelectMany(sample => extensions.Where(sample.Members.ContainsKey).Take(1).Select(extension => sample.Members[extension])),
        ];
        return files.Length > 0
            ? files
            : throw new UserErrorException($"{shards}: no clip in it. Name shards with .{string.Join(", .", extensions)} members.");
    }
}
