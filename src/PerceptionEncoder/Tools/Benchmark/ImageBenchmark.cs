using System.Globalization;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>The image path on 1 to N threads, and the cores that a GPU needs of it.</summary>
/// <param name="Threads">From one thread up.</param>
/// <param name="Cores">By model and stage, from rates of one thread at the stage's resolution.</param>
public sealed record ImageBenchmark(IReadOnlyList<ImageThroughput> Threads, IReadOnlyList<CoreDemand> Cores)
{
    private const int FilesByResolution = 500;
    private const int PassesByResolution = 3;

    /// <summary>Measures one count of threads after the other, then one thread at every resolution of pretraining.</summary>
    /// <param name="files">Bytes of image files.</param>
    /// <param name="decoder">Decoder under test.</param>
    /// <param name="size">Side of the square output, in pixels.</param>
    /// <param name="threads">The highest count.</param>
    /// <exception cref="UserErrorException">A file cannot be decoded, or a number is out of its range.</exception>
    public static ImageBenchmark Run(IReadOnlyList<byte[]> files, IImageDecoder decoder, int size, int threads)
    {
        ImageThroughput.Check(size, threads);
        var byThreads = Enumerable.Range(1, threads).Select(count => ImageThroughput.Measure(files, decoder, size, count)).ToArray();
        var some = files.Take(FilesByResolution).ToArray();
        var byResolution = CoreDemand.Stages.SelectMany(stages => stages.Resolutions).Distinct().ToDictionary(
            resolution => resolution,
            resolution => ImageThroughput.Measure(some, decoder, resolution, passes: PassesByResolution).TrainingImagesPerSecond);
        return new ImageBenchmark(byThreads, CoreDemand.Of(resolution => byResolution[resolution]));
    }

    /// <summary>The figures as lines for people.</summary>
    public IEnumerable<string> Describe()
    {
        yield return Invariant($"images/s, {Threads[0].Images} images to {Threads[0].Size} px; each part as if nothing else were done");
        yield return "threads   decode   resize  augment   decode + resize   decode + augment   with jpeg_scaling";
        foreach (var row in Threads)
        {
            yield return Invariant($"{row.Threads,7}{row.DecodedPerSecond,9:0}{row.ResizedPerSecond,9:0}{row.AugmentedPerSecond,9:0}")
                + Invariant($"{row.ImagesPerSecond,18:0}{row.TrainingImagesPerSecond,19:0}{row.ScaledTrainingImagesPerSecond,20:0}");
        }

        yield return "";
        yield return "Cores like these that decode and augment for one H100, if it trains both towers at "
            + Invariant($"{100 * CoreDemand.Utilization:0}% of {CoreDemand.PeakFlops / 1e12:0} TFLOP/s");
        yield return "(assumed); reading shards and tokenizing captions come on top.";
        yield return "model              pixels   images/s   cores";
        foreach (var row in Cores)
        {
            yield return Invariant($"{row.Model,-18}{row.Resolution,7}{row.ImagesPerSecond,11:0}{row.Cores,8:0.00}");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
