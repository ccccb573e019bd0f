using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>
/// Encodes any number of inputs into a feature file. Reading and decoding run ahead on background threads; rows keep the order of the
/// inputs. What cannot be read is logged, counted and has no row. A run that is stopped or killed goes on where it was, and ends in the
/// same bytes. Several ranks share the inputs, and one of them has the file.
/// </summary>
/// <typeparam name="T">A decoded input: pixels, token ids, frames.</typeparam>
/// <param name="decode">
/// Called on several threads; throws <see cref="BadSampleException"/> or <see cref="ImageException"/> for what cannot be used.
/// </param>
/// <param name="stack">Makes a batch of decoded inputs, [B, ...].</param>
/// <param name="encode">Batch to features, [B, row shape of the file...], on any device.</param>
/// <param name="batch">Inputs encoded at once, less those that are unreadable.</param>
/// <param name="unreadableLimit">
/// Share of unreadable inputs, and of features that are not finite, above which the run stops; looked at from 1,000 inputs on, of features
/// also at the end. 1 never stops.
/// </param>
/// <param name="ranks">That share the inputs; one where none are named.</param>
internal sealed class FeatureExtraction<T>(
    Func<MediaItem, T> decode,
    Func<IReadOnlyList<T>, Tensor> stack,
    Func<Tensor, Tensor> encode,
    int batch,
    double unreadableLimit = 1,
    World? ranks = null)
{
    private const int EnoughInputs = 1000;

    /// <summary>Batches that are decoded ahead of the encoder.</summary>
    private const int Ahead = 2;

    private readonly World world = ranks ?? World.Single;

    /// <summary>Encodes what the file does not have yet, and finishes it.</summary>
    /// <param name="source">The inputs.</param>
    /// <param name="output">New or resumed; the caller disposes it. Null on ranks that do not write.</param>
    /// <param name="log">Takes one line for each thing that cannot be used, and for a run that is resumed or stopped.</param>
    /// <param name="report">Called after each batch.</param>
    /// <param name="cancellation">Stops between two batches; the partial file is kept.</param>
    /// <exception cref="UserErrorException">Not one input can be used, one cannot be opened, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what was encoded is flushed.</exception>
    public EncodingSummary Run(
        MediaSource source,
        FeatureFile? output,
        Action<string> log,
        Action<EncodingProgress>? report,
        CancellationToken cancellation)
    {
        var (clock, encoding) = (Stopwatch.StartNew(), new Stopwatch());
        var begun = world.Gather(new[] { output?.Rows ?? 0, output?.Inputs ?? 0, output is { IsComplete: true } ? 1 : 0 })[0];
        if (output is not { } file)
        {
            if (begun[2] == 0)
            {
                foreach (var _ in Pieces(source, begun[1], encoding, cancellation))
                {
                    // Another rank has them.
                }
            }

            return new EncodingSummary("", 0, 0, 0, 0, clock.Elapsed.TotalSeconds, 0, Share());
        }

        var resumed = file.Rows;
        if (!file.IsComplete)
        {
            if (resumed > 0)
            {
                log($"{file.Path}: going on after {resumed} rows of an interrupted run");
            }

            Action<BadSample> fault = bad => log(
                $"{bad.Shard}{(bad.Key is null ? "" : $", sample {bad.Key}")}: {bad.Reason}: {bad.Detail}");
            source.Faults.Found += fault;
            try
            {
                WriteAll(
                    Pieces(source, file.Inputs, encoding, cancellation),
                    file,
                    log,
                    () => report?.Invoke(new EncodingProgress(file.Rows, file.Inputs - file.Rows, Rate(), Share())));
            }
            catch (OperationCanceledException)
            {
                file.Flush();
                log($"{file.Path}: stopped after {file.Rows} rows; the same command goes on after them");
                throw;
            }
            finally
            {
                source.Faults.Found -= fault;
            }
        }

        var damaged = source.Faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard);
        return new EncodingSummary(file.Path, file.Rows, file.Inputs, damaged, resumed, clock.Elapsed.TotalSeconds, Rate(), Share())
        {
            NotFinite = file.NotFinite,
        };

        double Rate() => (file.Rows - resumed) / clock.Elapsed.TotalSeconds;
        double Share() => encoding.Elapsed / clock.Elapsed;
    }

    /// <summary>What all ranks make of the inputs behind the first so many, in their order, on the rank that writes.</summary>
    private IEnumerable<RankPiece<Note>> Pieces(MediaSource source, long skip, Stopwatch encoding, CancellationToken cancellation)
    {
        using var casts = Autocast.KeepCasts();
        var stop = RankBlocks.AtOnce(world, cancellation);
        var blocks = ReadAhead.InOrder(RankBlocks.Mine(world, source.Read(skip), batch), Decode, Ahead * batch, stop).Chunk(batch);
        var own = InFlight.Landed(blocks.Select(block => Start(block, encoding, stop)));
        foreach (var piece in RankBlocks.InOrder(world, own, cancellation))
        {
            yield return piece;
        }
    }

    private void WriteAll(IEnumerable<RankPiece<Note>> pieces, FeatureFile file, Action<string> log, Action report)
    {
        var (inputs, usable) = (file.Inputs, file.Rows);
        string? last = null;
        foreach (var (encoded, note) in pieces)
        {
            using var features = encoded;
            inputs += note.Inputs;
            usable += note.Keys.Length;
            foreach (var line in note.Faults)
            {
                log($"{last = line}; left out");
            }

            if (note.Faults.Length > 0)
            {
                StopWhereTooMany(file, inputs - usable, inputs);
            }

            if (note.Keys.Length == 0)
            {
                continue;
            }

            var before = file.NotFinite;
            var notFinite = file.Append(note.Keys, features, inputs);
            if (before == 0 && notFinite.Count > 0)
            {
                log($"{note.Names[notFinite[0]]}: its feature has a number that is not finite; it is written, and more are counted "
                    + "without a line");
            }

            if (file.Rows >= EnoughInputs)
            {
                StopWhereTooManyNotFinite(file);
            }

            report();
        }

        if (file.Rows == 0)
        {
            throw new UserErrorException(last is null
                ? $"{file.Path}: the inputs hold nothing to encode. Check the paths."
                : $"{file.Path}: none of the {inputs} inputs can be used, the last because of {last}. Check what they are.");
        }

        StopWhereTooManyNotFinite(file);
        file.Complete(inputs);
    }

    /// <summary>Begins to encode what can be used of a block.</summary>
    private InFlight<RankPiece<Note>> Start(Decoded[] block, Stopwatch encoding, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var usable = Array.FindAll(block, decoded => decoded.Fault is null);
        var note = new Note(
            Array.ConvertAll(usable, decoded => decoded.Item.Key),
            Array.ConvertAll(usable, decoded => Name(decoded.Item)),
            block.Length,
            [.. block.Where(decoded => decoded.Fault is not null).Select(decoded => $"{Name(decoded.Item)}: {decoded.Fault}")]);
        if (usable.Length == 0)
        {
            return new(new RankPiece<Note>(empty(0).DetachFromDisposeScope(), note), null);
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        encoding.Start();
        var (features, wait) = encode(stack(Array.ConvertAll(usable, decoded => decoded.Value!))).Fetch();
        encoding.Stop();
        return new(new RankPiece<Note>(features.MoveToOuterDisposeScope(), note), wait is null ? null : () =>
        {
            encoding.Start();
            wait();
            encoding.Stop();
        });
    }

    private void StopWhereTooMany(FeatureFile file, long unreadable, long inputs)
    {
        if (inputs >= EnoughInputs && unreadable > unreadableLimit * inputs)
        {
            file.Flush();
            throw new UserErrorException($"{file.Path}: {unreadable} of the first {inputs} inputs are unreadable, more than the limit of "
                + $"{unreadableLimit:P0}. Mend the inputs, or raise the limit and run again: the rows so far are kept.");
        }
    }

    private void StopWhereTooManyNotFinite(FeatureFile file)
    {
        if (file.NotFinite > unreadableLimit * file.Rows)
        {
            file.Flush();
            throw new UserErrorException($"{file.Path}: {file.NotFinite} of {file.Rows} features have a number that is not finite, "
                + $"more than the limit of {unreadableLimit:P0}. "
                + "Check the weights, choose float32 for arithmetic and file, or raise the limit and run again: the rows so far are kept.");
        }
    }

    private Decoded Decode(MediaItem item)
    {
        try
        {
            return new Decoded(item, decode(item), null);
        }
        catch (Exception bad) when (bad is BadSampleException or ImageException)
        {
            return new Decoded(item, default, bad.Message);
        }
    }

    private static string Name(MediaItem item)
        => item.Key.StartsWith(item.Shard, StringComparison.Ordinal) ? item.Key : $"{item.Shard}, sample {item.Key}";

    private sealed record Decoded(MediaItem Item, T? Value, string? Fault);

    /// <param name="Keys">Of the rows.</param>
    /// <param name="Names">Of the same, for messages.</param>
    /// <param name="Inputs">Of the block, unreadable ones included.</param>
    /// <param name="Faults">A line for each unreadable one.</param>
    private sealed record Note(string[] Keys, string[] Names, long Inputs, string[] Faults);
}
