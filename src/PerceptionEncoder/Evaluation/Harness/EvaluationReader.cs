using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Reads the usable samples of a data set once, in stored order, in batches. Reading and decoding run ahead on background threads. A sample that
/// cannot be used is logged, counted and left out.
/// </summary>
/// <param name="set">Where the data are and how they are prepared.</param>
/// <param name="resolution">Side of the square images in pixels, unless the set says otherwise.</param>
/// <param name="annotate">What the images are paired with; throws <see cref="BadSampleException"/> where the sample has none.</param>
/// <param name="annotation">Extension of the member that <paramref name="annotate"/> reads.</param>
/// <param name="log">Takes one line for each thing that cannot be used.</param>
/// <param name="given">Where the samples come from; null for the set's split.</param>
internal sealed class EvaluationReader<T>(EvaluationSetOptions set, int resolution, Func<Sample, T> annotate, string annotation, Action<string> log, GivenSamples? given = null)
{
    private readonly int side = set.Resolution ?? resolution;
    private readonly IImageDecoder decoder = ImageDecoders.Default;

    /// <summary>Samples passed so far, used or not, up to the last that was delivered; those that were skipped are in it.</summary>
    public long Inputs { get; private set; }

    /// <summary>Samples delivered so far.</summary>
    public int Samples { get; private set; }

    /// <summary>Samples left out so far; a damaged shard, whose rest is lost, counts as one.</summary>
    public int Unreadable { get; private set; }

    /// <summary>How many samples there are, without reading them.</summary>
    /// <exception cref="UserErrorException">The set cannot be read.</exception>
    public long Count() => SampleSource.Open(set).Count();

    /// <summary>Delivers everything; the last batch may be smaller.</summary>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <param name="skip">So many samples are passed over; they are not in the counts.</param>
    /// <exception cref="UserErrorException">Not one sample can be used, or a shard cannot be opened.</exception>
    public IEnumerable<EvaluationBatch<T>> Batches(CancellationToken cancellation, long skip = 0)
    {
        (Inputs, Samples, Unreadable) = (skip, 0, 0);
        var members = MediaFiles.Images.Append(annotation).ToHashSet();
        var source = given is null ? SampleSource.Open(set) : null;
        var faults = new BadSamples();
        faults.Found += Report;
        var transform = new ImageTransform(side, side, set.Fit);
        var samples = source?.Read(faults, members, skip) ?? given!.Read(faults, members).Skip(checked((int)skip)).Select(sample => new StoredSample(sample.Shard, sample.Key, () => sample));
        var border = set.Border ?? source?.Border ?? 0;
        BadSample? last = null;
        foreach (var chunk in ReadAhead.InOrder(samples, sample => Prepare(sample, transform, border), set.Batch, cancellation).Where(IsUsable).Chunk(set.Batch))
        {
            Samples += chunk.Length;
            yield return new EvaluationBatch<T>(ImageStack.Of(Array.ConvertAll(chunk, sample => sample.Pixels), side, side), Array.ConvertAll(chunk, sample => sample.Annotation!));
        }

        Unreadable += (int)faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard);
        if (Samples == 0 && skip == 0)
        {
            var why = last is null ? "it holds none" : $"the last of {Unreadable} could not be used: {last.Detail}";
            throw new UserErrorException($"data set {set.Name}: no usable sample in {given?.Name ?? set.Data}: {why}. Give a folder of images with .{annotation} members.");
        }

        bool IsUsable(Prepared sample)
        {
            Inputs++;
            if (sample.Fault is null)
            {
                return true;
            }

            Unreadable++;
            last = sample.Fault;
            Report(sample.Fault);
            return false;
        }
    }

    private void Report(BadSample bad)
        => log($"{set.Name}: {bad.Reason} in {bad.Shard}{(bad.Key is null ? "" : $", sample {bad.Key}, left out")}: {bad.Detail}");

    private Prepared Prepare(StoredSample stored, ImageTransform transform, int border)
    {
        try
        {
            var sample = stored.Read();
            var paired = annotate(sample);
            var file = MediaFiles.Images.Where(sample.Members.ContainsKey).Select(extension => sample.Members[extension]).FirstOrDefault();
            return file.IsEmpty
                ? throw new BadSampleException(CaptionedImage.MissingImage, $"no {string.Join(", ", MediaFiles.Images)} of at least one byte among {sample.List()}")
                : new Prepared(transform.Apply(ImageBorder.Remove(decoder.Decode(file.Span, set.MaxPixels), border)), paired, null);
        }
        catch (BadSampleException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, stored.Shard, stored.Key, bad.Message));
        }
        catch (ImageException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, stored.Shard, stored.Key, bad.Message));
        }
    }

    private readonly record struct Prepared(byte[] Pixels, T? Annotation, BadSample? Fault);
}
