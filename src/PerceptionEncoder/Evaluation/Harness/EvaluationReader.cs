using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Reads the usable items of a set once, in order, in batches. Reading and decoding run ahead on background threads. An item that cannot be
/// used is logged, counted and left out.
/// </summary>
/// <param name="set">The set.</param>
/// <param name="resolution">Side of the square images or frames in pixels, unless the set says otherwise.</param>
/// <param name="log">Takes one line for each thing that cannot be used.</param>
internal sealed class EvaluationReader<T>(OpenedSet<T> set, int resolution, Action<string> log)
{
    /// <summary>Items passed so far, used or not, up to the last that was delivered; those that were skipped are in it.</summary>
    public long Inputs { get; private set; }

    /// <summary>Items delivered so far.</summary>
    public int Samples { get; private set; }

    /// <summary>Items left out so far; a damaged shard, whose rest is lost, counts as one.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Delivers everything; the last batch may be smaller.</summary>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <param name="skip">So many items are passed over; they are not in the counts.</param>
    /// <exception cref="UserErrorException">Not one item can be used, or a shard cannot be opened.</exception>
    public IEnumerable<EvaluationBatch<T>> Batches(CancellationToken cancellation, long skip = 0)
    {
        (Inputs, Samples, Unreadable) = (skip, 0, 0);
        var faults = new BadSamples();
        faults.Found += Report;
        var decoder = set.Media.Decoder(set.Options, set.Options.Resolution ?? resolution, cancellation);
        var atOnce = set.Media.AtOnce(set.Options.Batch);
        BadSample? last = null;

        // One batch waits while every core decodes.
        var ahead = atOnce + Environment.ProcessorCount;
        foreach (var chunk in ReadAhead.InOrder(set.Items.Read(faults, skip), item => Prepare(item, decoder), ahead, cancellation)
            .Where(IsUsable)
            .Chunk(atOnce))
        {
            Samples += chunk.Length;
            yield return new EvaluationBatch<T>(
                decoder.Stack(Array.ConvertAll(chunk, item => item.Pixels)),
                Array.ConvertAll(chunk, item => item.Annotation!));
        }

        Unreadable += (int)faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard);
        if (Samples == 0 && skip == 0)
        {
            var why = last is null ? "it holds none" : $"the last of {Unreadable} could not be used: {last.Detail}";
            throw new UserErrorException($"data set {set.Options.Name}: no usable {set.Media.Item} in {set.Place}: {why}.{set.Advice}");
        }

        bool IsUsable(Prepared item)
        {
            Inputs++;
            if (item.Fault is null)
            {
                return true;
            }

            Unreadable++;
            last = item.Fault;
            Report(item.Fault);
            return false;
        }
    }

    private void Report(BadSample bad)
        => log($"{set.Options.Name}: {bad.Reason} in {bad.Shard}{(bad.Key is null ? "" : $", {set.Media.Item} {bad.Key}, left out")}: "
            + $"{bad.Detail}");

    private static Prepared Prepare(SetItem<T> item, ItemDecoder decoder)
    {
        try
        {
            var (annotation, pixels) = item.Read(decoder);
            return new Prepared(pixels, annotation, null);
        }
        catch (BadSampleException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, item.Place, item.Key, bad.Message));
        }
        catch (ImageException bad)
        {
            return new Prepared([], default, new BadSample(bad.Reason, item.Place, item.Key, bad.Message));
        }
    }

    private readonly record struct Prepared(byte[] Pixels, T? Annotation, BadSample? Fault);
}
