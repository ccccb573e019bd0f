using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Frames;

/// <summary>
/// Shards of clips to shards of their frames, so that training does not decode video again: each clip member becomes
/// <see cref="FrameMembers"/>, every other member stays. A shard has its name once it is complete, and a complete one is not written again.
/// </summary>
/// <param name="options">What is stored.</param>
/// <param name="reader">Decodes the clips.</param>
public sealed class FrameExtraction(FrameExtractionOptions options, IVideoReader reader)
{
    private const int ClipsAtOnce = 32;
    private static readonly IReadOnlyList<string> ClipExtensions = new SourceOptions { Shards = "" }.Videos;

    /// <summary>Writes one shard for each given, of the same file name.</summary>
    /// <param name="shards">A pattern of tars as <see cref="SourceOptions.Shards"/> takes it.</param>
    /// <param name="folder">Made if absent.</param>
    /// <param name="bad">Takes what cannot be used.</param>
    /// <param name="progress">Told the number of clips stored so far.</param>
    /// <param name="cancellation">Stops between clips; complete shards stay.</param>
    /// <exception cref="UserErrorException">A shard cannot be read or written, or two have one name.</exception>
    public FrameExtractionSummary Run(
        string shards,
        string folder,
        BadSamples bad,
        Action<long>? progress = null,
        CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var paths = ShardOrder.Find(shards);
        if (paths.FirstOrDefault(ShardAddress.IsPipe) is { } pipe)
        {
            throw new UserErrorException(
                $"{ShardAddress.Shown(pipe)}: has no name for its shard of frames. Name files, https:// or s3://.");
        }

        if (paths.GroupBy(FileName).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UserErrorException(
                $"{ShardAddress.Shown(twice.First())} and {ShardAddress.Shown(twice.Last())} would both become "
                + $"{Path.Combine(folder, twice.Key!)}: extract their folders one by one.");
        }

        AtomicFolder.Create(folder);
        var clips = new ClipDecoder(reader, options.Frames, squarePixels: true, cancellation: cancellation);
        var (resumed, stored, before) = (0, 0L, bad.Skipped);
        foreach (var path in paths)
        {
            var target = Path.Combine(folder, FileName(path));
            if (File.Exists(target))
            {
                resumed++;
                continue;
            }

            stored += Extract(path, target, clips, bad, count => progress?.Invoke(stored + count), cancellation);
        }

        return new FrameExtractionSummary(paths.Count, resumed, stored, bad.Skipped - before, clock.Elapsed.TotalSeconds);
    }

    private static string FileName(string shard) => Path.GetFileName(ShardAddress.PathOf(shard));

    private long Extract(
        string path,
        string target,
        ClipDecoder clips,
        BadSamples bad,
        Action<long> progress,
        CancellationToken cancellation)
    {
        if (Path.GetFullPath(path) == Path.GetFullPath(target))
        {
            throw new UserErrorException($"{path}: would be replaced by its own frames; choose another --output.");
        }

        var stored = 0L;
        var workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        AtomicFolder.Attempt(target, () => AtomicFolder.Remove(target + ".partial"));
        using (var writer = new ShardWriter(target + ".partial"))
        {
            foreach (var samples in SampleReader.ReadShards([path], bad).Chunk(ClipsAtOnce))
            {
                var extracted = new (IReadOnlyList<(string, ReadOnlyMemory<byte>)>? Members, BadSample? Fault)[samples.Length];
                ParallelWork.ForEach(
                    Enumerable.Range(0, samples.Length),
                    workers,
                    i => extracted[i] = Extract(samples[i], clips),
                    cancellation);
                foreach (var (sample, (members, fault)) in samples.Zip(extracted))
                {
                    bad.AddDraw(fault);
                    if (members is not null)
                    {
                        writer.Write(sample.Key, members);
                        stored++;
                    }
                }

                progress(stored);
            }
        }

        AtomicFolder.Attempt(target, () => File.Move(target + ".partial", target));
        return stored;
    }

    private (IReadOnlyList<(string, ReadOnlyMemory<byte>)>? Members, BadSample? Fault) Extract(Sample sample, ClipDecoder clips)
    {
        try
        {
            var format = options.Format == FrameFormat.Png ? "png" : "jpg";
            var frames = clips.Read(sample, ClipExtensions);
            return ([
                .. frames.Select((frame, index) => (FrameMembers.Extension(index, format), (ReadOnlyMemory<byte>)Encode(frame))),
                .. sample.Members.Where(member => !ClipExtensions.Contains(member.Key) && !FrameMembers.Extensions.Contains(member.Key))
                    .Select(member => (member.Key, member.Value)),
            ], null);
        }
        catch (BadSampleException bad)
        {
            return (null, new BadSample(bad.Reason, sample.Shard, sample.Key, bad.Message));
        }
        catch (ImageException bad)
        {
            return (null, new BadSample(bad.Reason, sample.Shard, sample.Key, bad.Message));
        }
    }

    private byte[] Encode(DecodedImage frame)
    {
        var limited = FramePicture.Limited(frame, options.ShortSide);
        return options.Format == FrameFormat.Png ? PngEncoder.Encode(limited) : JpegEncoder.Encode(limited);
    }
}
