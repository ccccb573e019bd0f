using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>
/// Looks through shards of any kind in one pass: what they hold, in what sizes and lengths, what comes twice and what cannot be used. Sizes
/// are read off headers; pictures are decoded for the contact sheet alone.
/// </summary>
/// <param name="options">Which shards, and what of them.</param>
public sealed class DataInspection(InspectionOptions options)
{
    private const int MostAtOnce = 512;

    /// <summary>Looks at everything.</summary>
    /// <param name="report">Told the number of samples so far.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UserErrorException">A shard is missing or cannot be read, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public InspectionReport Run(Action<long>? report = null, CancellationToken cancellation = default)
    {
        var paths = options.Shards.SelectMany(pattern => ShardOrder.Find(pattern)).ToArray();
        var clips = new Lazy<IVideoReader?>(Reader);
        var texts = new SampleTexts(options.Captions);
        var tally = new InspectionTally(texts);
        var pictures = new InspectionPictures(options.Pictures, clips);
        var inspector = new SampleInspector(texts, options.Tokenizer, clips, cancellation);
        var workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        var faults = new BadSamples();
        faults.Found += tally.Add;
        foreach (var samples in SampleParts.Of(SampleReader.ReadShards(paths, faults), MostAtOnce))
        {
            var looks = new SampleLook[samples.Count];
            ParallelWork.ForEach(Enumerable.Range(0, looks.Length), workers, i => looks[i] = inspector.Look(samples[i]), cancellation);
            foreach (var (sample, look) in samples.Zip(looks))
            {
                tally.Add(sample, look);
                pictures.Offer(sample, look);
            }

            report?.Invoke(tally.Samples);
        }

        string[] shown = [.. options.Shards.Select(ShardAddress.Shown)];
        if (tally.Samples == 0)
        {
            var why = faults.Damage is { } damage ? $" ({damage.Shard}: {damage.Detail})" : "";
            throw new UserErrorException($"{string.Join(", ", shown)}: holds no sample{why}. "
                + "Check the path; shards are tars of KEY.jpg or KEY.mp4 beside KEY.txt or KEY.json.");
        }

        return tally.Summarize(shown, paths.Length) with { Pictures = pictures.Cards(cancellation) };
    }

    /// <summary>Null where ffmpeg is not installed: headers need none.</summary>
    private static FFmpegVideoReader? Reader()
    {
        try
        {
            return new FFmpegVideoReader();
        }
        catch (UserErrorException)
        {
            return null;
        }
    }
}
