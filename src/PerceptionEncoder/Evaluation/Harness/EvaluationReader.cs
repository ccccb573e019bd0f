using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using TorchSharp;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Reads the usable items of a set once, in order, in batches of so many items less those that cannot be used: these are logged, counted
/// and left out. Reading and decoding run ahead on background threads. Of several ranks each reads its own batches.
/// </summary>
/// <param name="set">The set.</param>
/// <param name="resolution">Side of the square images or frames in pixels, unless the set says otherwise.</param>
/// <param name="log">Takes one line for each thing that cannot be used.</param>
/// <param name="ranks">That share the set; one where none are named.</param>
internal sealed class EvaluationReader<T>(OpenedSet<T> set, int resolution, Action<string> log, World? ranks = null)
{
    private readonly World world = ranks ?? World.Single;
    private BadSample? last;

    /// <summary>Items passed so far, used or not, up to the last that was delivered; those that were skipped are in it.</summary>
    public long Inputs { get; private set; }

    /// <summary>Items delivered so far, to this rank.</summary>
    public int Samples { get; private set; }

    /// <summary>Items left out so far; a damaged shard, whose rest is lost, counts as one, on one rank.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Why the last item that could not be used could not; null where there was none.</summary>
    public string? LastFault => last?.Detail;

    /// <summary>Delivers everything; the last batch may be smaller, and one of which no item can be used is empty.</summary>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <param name="skip">So many items are passed over; they are not in the counts.</param>
    /// <exception cref="UserErrorException">Not one item can be used, by one rank alone; or a shard cannot be opened.</exception>
    public IEnumerable<EvaluationBatch<T>> Batches(CancellationToken cancellation, long skip = 0)
    {
        (Inputs, Samples, Unreadable) = (skip, 0, 0);
        var faults = new BadSamples();
        faults.Found += bad =>
        {
            if (world.Writes)
            {
                Report(bad);                                    // every rank reads every shard
            }
        };
        var decoder = set.Media.Decoder(set.Options, set.Options.Resolution ?? resolution, cancellation);
        var atOnce = set.Media.AtOnce(set.Options.Batch);
        // One batch waits while every core decodes.
        var ahead = atOnce + Environment.ProcessorCount;
        var mine = RankBlocks.Mine(world, set.Items.Read(faults, skip), atOnce);
        foreach (var block in ReadAhead.InOrder(mine, item => Prepare(item, decoder), ahead, cancellation).Chunk(atOnce))
        {
            var usable = Array.FindAll(block, IsUsable);
            Samples += usable.Length;
            yield return new EvaluationBatch<T>(
                usable.Length == 0 ? torch.empty(0) : decoder.Stack(Array.ConvertAll(usable, item => item.Pixels)),
                Array.ConvertAll(usable, item => item.Annotation!));
        }

        Unreadable += world.Writes ? (int)faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard) : 0;
        if (world.Size == 1 && Samples == 0 && skip == 0)
        {
            throw Nothing(Unreadable, LastFault);
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

    /// <summary>That no item can be used.</summary>
    /// <param name="unreadable">So many could not.</param>
    /// <param name="fault">Why the last could not.</param>
    public UserErrorException Nothing(int unreadable, string? fault)
    {
        var why = fault is null ? "it holds none" : $"the last of {unreadable} could not be used: {fault}";
        return new UserErrorException($"data set {set.Options.Name}: no usable {set.Media.Item} in {set.Place}: {why}.{set.Advice}");
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
