using System.Diagnostics;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Speed of the image path on some threads, part by part.</summary>
/// <param name="Threads">That worked at once, each on images of its own.</param>
/// <param name="Size">Side of the square output, in pixels.</param>
/// <param name="Images">Images in one pass.</param>
/// <param name="DecodeSeconds">Time of the fastest pass spent in the decoder, summed over the threads.</param>
/// <param name="ResizeSeconds">The same in the resize of the whole image: what evaluation does after decoding.</param>
/// <param name="AugmentSeconds">The same in crop, resize, jitter and flip [T18]: what training does after decoding.</param>
/// <param name="ScaledSeconds">The same in decoding and augmenting with <see cref="DataOptions.JpegScaling"/>.</param>
public sealed record ImageThroughput(
    int Threads,
    int Size,
    int Images,
    double DecodeSeconds,
    double ResizeSeconds,
    double AugmentSeconds,
    double ScaledSeconds)
{
    private const int MostPixels = 16384;
    private const int MostThreads = 1024;

    /// <summary>Decoded images a second, were nothing else done.</summary>
    public double DecodedPerSecond => Rate(DecodeSeconds);

    /// <summary>Resized images a second, were nothing else done.</summary>
    public double ResizedPerSecond => Rate(ResizeSeconds);

    /// <summary>Augmented images a second, were nothing else done.</summary>
    public double AugmentedPerSecond => Rate(AugmentSeconds);

    /// <summary>Decoded and resized images a second: evaluation and encoding.</summary>
    public double ImagesPerSecond => Rate(DecodeSeconds + ResizeSeconds);

    /// <summary>Decoded and augmented images a second: training.</summary>
    public double TrainingImagesPerSecond => Rate(DecodeSeconds + AugmentSeconds);

    /// <summary>The same with <see cref="DataOptions.JpegScaling"/>.</summary>
    public double ScaledTrainingImagesPerSecond => Rate(ScaledSeconds);

    /// <summary>Decodes, resizes and augments every file, several times over, and keeps the fastest pass.</summary>
    /// <param name="files">Bytes of image files.</param>
    /// <param name="decoder">Decoder under test.</param>
    /// <param name="size">Side of the square output, in pixels.</param>
    /// <param name="threads">That work at once.</param>
    /// <param name="passes">Number of passes; the first ones warm up.</param>
    /// <exception cref="UserErrorException">A file cannot be decoded, or a number is out of its range.</exception>
    public static ImageThroughput Measure(IReadOnlyList<byte[]> files, IImageDecoder decoder, int size, int threads = 1, int passes = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(files.Count, 1, nameof(files));
        ArgumentOutOfRangeException.ThrowIfLessThan(passes, 1);
        Check(size, threads);
        return Enumerable.Range(0, passes)
            .Select(pass => Pass(files, decoder, size, threads, (ulong)(pass * files.Count)))
            .MaxBy(result => result.Rate(result.DecodeSeconds + result.ResizeSeconds + result.AugmentSeconds + result.ScaledSeconds))!;
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

    /// <summary>Refuses what cannot be measured.</summary>
    internal static void Check(int size, int threads)
    {
        if (size is < 1 or > MostPixels || threads is < 1 or > MostThreads)
        {
            throw new UserErrorException(
                $"bench images: size {size} must be from 1 to {MostPixels}, and threads {threads} from 1 to {MostThreads}.");
        }
    }

    private static ImageThroughput Pass(IReadOnlyList<byte[]> files, IImageDecoder decoder, int size, int threads, ulong firstSeed)
    {
        var (transform, augmentation) = (new ImageTransform(size, size), new Augmentation(new AugmentationOptions()));
        var taken = -1;
        var workers = Enumerable.Range(0, threads)
            .Select(_ => Task.Factory.StartNew(Work, default, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();
        var spent = Task.WhenAll(workers).GetAwaiter().GetResult();
        return new ImageThroughput(
            threads,
            size,
            files.Count,
            Seconds(spent.Sum(times => times.Decode)),
            Seconds(spent.Sum(times => times.Resize)),
            Seconds(spent.Sum(times => times.Augment)),
            Seconds(spent.Sum(times => times.Scaled)));

        (long Decode, long Resize, long Augment, long Scaled) Work()
        {
            var planes = new byte[3 * size * size];
            var (decode, resize, augment, scaled) = (0L, 0L, 0L, 0L);
            for (int i; (i = Interlocked.Increment(ref taken)) < files.Count;)
            {
                var start = Stopwatch.GetTimestamp();
                var image = Decoded(i);
                var decoded = Stopwatch.GetTimestamp();
                transform.Apply(image, planes);
                var resized = Stopwatch.GetTimestamp();
                augmentation.Apply(image, size, size, firstSeed + (ulong)i, planes); // other crops in every pass, as in training
                var augmented = Stopwatch.GetTimestamp();
                augmentation.Apply(files[i], decoder, long.MaxValue, reduce: true, size, size, firstSeed + (ulong)i, planes);
                scaled += Stopwatch.GetTimestamp() - augmented;
                augment += augmented - resized;
                decode += decoded - start;
                resize += resized - decoded;
            }

            return (decode, resize, augment, scaled);
        }

        DecodedImage Decoded(int i)
        {
            try
            {
                return TransientImage.Decode(decoder, files[i], long.MaxValue);
            }
            catch (ImageException bad)
            {
                throw new UserErrorException($"image {i + 1} of {files.Count} cannot be decoded: {bad.Message}", bad);
            }
        }

        static double Seconds(long ticks) => (double)ticks / Stopwatch.Frequency;
    }

    private double Rate(double seconds) => Threads * Images / seconds;
}
