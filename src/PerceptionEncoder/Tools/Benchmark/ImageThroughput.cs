using System.Diagnostics;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Speed of the image path of one thread.</summary>
/// <param name="Images">Images in one pass.</param>
/// <param name="DecodeSeconds">Time of the fastest pass spent in the decoder.</param>
/// <param name="TransformSeconds">Time of the same pass spent in the transform.</param>
public sealed record ImageThroughput(int Images, double DecodeSeconds, double TransformSeconds)
{
    /// <summary>Decoded and transformed images a second, on one thread.</summary>
    public double ImagesPerSecond => Images / (DecodeSeconds + TransformSeconds);

    /// <summary>Decodes and transforms every file on the calling thread, several times over, and keeps the fastest pass.</summary>
    /// <param name="files">Bytes of image files.</param>
    /// <param name="decoder">Decoder under test.</param>
    /// <param name="transform">Transform under test.</param>
    /// <param name="passes">Number of passes; the first ones warm up.</param>
    /// <exception cref="ImageException">A file cannot be decoded.</exception>
    public static ImageThroughput Measure(IReadOnlyList<byte[]> files, IImageDecoder decoder, ImageTransform transform, int passes = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(files.Count, 1, nameof(files));
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        return Enumerable.Range(0, passes).Select(_ => Pass(files, decoder, transform)).MaxBy(result => result.ImagesPerSecond)!;
    }

    /// <summary>The image files of some shards, in stored order.</summary>
    /// <exception cref="UserErrorException">A shard cannot be read, or holds no image.</exception>
    public static IReadOnlyList<byte[]> ReadFiles(IReadOnlyList<string> shards)
    {
        var extensions = new SourceOptions { Shards = "" }.Images;
        var files = SampleReader.ReadShards(shards, new BadSamples(), extensions.ToHashSet())
            .SelectMany(
                sample => extensions.Where(sample.Members.ContainsKey).Take(1).Select(extension => sample.Members[extension].ToArray()))
            .ToArray();
        return files.Length > 0
            ? files
            : throw new UserErrorException($"{shards[0]}: no image in it. Name a data set with .{string.Join(", .", extensions)} members.");
    }

    private static ImageThroughput Pass(IReadOnlyList<byte[]> files, IImageDecoder decoder, ImageTransform transform)
    {
        long decode = 0, resize = 0;
        foreach (var file in files)
        {
            var start = Stopwatch.GetTimestamp();
            var image = decoder.Decode(file, long.MaxValue);
            var decoded = Stopwatch.GetTimestamp();
            transform.Apply(image);
            decode += decoded - start;
            resize += Stopwatch.GetTimestamp() - decoded;
        }

        return new ImageThroughput(files.Count, (double)decode / Stopwatch.Frequency, (double)resize / Stopwatch.Frequency);
    }
}
