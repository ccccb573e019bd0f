using System.Diagnostics;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>
/// Encodes any number of inputs into a feature file. Reading and decoding run ahead on background threads; rows keep the order of the
/// inputs. What cannot be read is logged, counted and has no row. A run that is stopped or killed goes on where it was, and ends in the
/// same bytes.
/// </summary>
/// <typeparam name="T">A decoded input: pixels, token ids, frames.</typeparam>
/// <param name="decode">
/// Called on several threads; throws <see cref="BadSampleException"/> or <see cref="ImageException"/> for what cannot be used.
/// </param>
/// <param name="stack">Makes a batch of decoded inputs, [B, ...].</param>
/// <param name="encode">Batch to features, [B, row shape of the file...], on any device.</param>
/// <param name="batch">Inputs encoded at once.</param>
/// <param name="unreadableLimit">
/// Share of unreadable inputs, and of features that are not finite, above which the run stops; looked at from 1,000 inputs on, of features
/// also at the end. 1 never stops.
/// </param>
internal sealed class FeatureExtraction<T>(
    Func<MediaItem, T> decode,
    Func<IReadOnlyList<T>, Tensor> stack,
    Func<Tensor, Tensor> encode,
    int batch,
    double unreadableLimit = 1)
{
    private const int EnoughInputs = 1000;

    /// <summary>Batches that are decoded ahead of the encoder.</summary>
    private const int Ahead = 2;

    /// <summary>Encodes what the file does not have yet, and finishes it.</summary>
    /// <param name="source">The inputs.</param>
    /// <param name="file">New or resumed; the caller disposes it.</param>
    /// <param name="log">Takes one line for each thing that cannot be used, and for a run that is resumed or stopped.</param>
    /// <param name="report">Called after each batch.</param>
    /// <param name="cancellation">Stops between two batches; the partial file is kept.</param>
    /// <exception cref="UserErrorException">Not one input can be used, one cannot be opened, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped; what was encoded is flushed.</exception>
    public EncodingSummary Run(
        MediaSource source,
        FeatureFile file,
        Action<string> log,
        Action<EncodingProgress>? report,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var encoding = new Stopwatch();
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
                EncodeAll(
                    source,
                    file,
                    log,
                    () => report?.Invoke(new EncodingProgress(file.Rows, file.Inputs - file.Rows, Rate(), Share())),
                    encoding,
                    cancellation);
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

    private void EncodeAll(
        MediaSource source,
        FeatureFile file,
        Action<string> log,
        Action report,
        Stopwatch encoding,
        CancellationToken cancellation)
    {
        using var casts = Autocast.KeepCasts();
        var (inputs, usable) = (file.Inputs, file.Rows);
        string? last = null;
        foreach (var encoded in InFlight.Landed(Batches().Select(Start)))
        {
            using var features = encoded.Features;
            var before = file.NotFinite;
            var notFinite = file.Append([.. encoded.Items.Select(item => item.Key)], features, encoded.Inputs);
            if (before == 0 && notFinite.Count > 0)
            {
                log($"{Describe(encoded.Items[notFinite[0]], "its feature has a number that is not finite")}; "
                    + "it is written, and more are counted without a line");
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

        IEnumerable<Decoded[]> Batches() => ReadAhead.InOrder(source.Read(inputs), Decode, Ahead * batch, cancellation)
            .Where(IsUsable)
            .Chunk(batch);

        bool IsUsable(Decoded decoded)
        {
            inputs++;
            if (decoded.Fault is not { } why)
            {
                usable++;
                return true;
            }

            last = Describe(decoded.Item, why);
            log($"{last}; left out");
            StopWhereTooMany(file, inputs - usable, inputs);
            return false;
        }

        InFlight<Encoded> Start(Decoded[] decoded)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            encoding.Start();
            var (features, wait) = encode(stack(Array.ConvertAll(decoded, item => item.Value!))).Fetch();
            encoding.Stop();
            var started = new Encoded(features.MoveToOuterDisposeScope(), Array.ConvertAll(decoded, item => item.Item), inputs);
            return new(started, wait is null ? null : () =>
            {
                encoding.Start();
                wait();
                encoding.Stop();
            });
        }
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

    private static string Describe(MediaItem item, string why)
        => $"{(item.Key.StartsWith(item.Shard, StringComparison.Ordinal) ? item.Key : $"{item.Shard}, sample {item.Key}")}: {why}";

    private sealed record Decoded(MediaItem Item, T? Value, string? Fault);

    /// <param name="Features">On the CPU; the owner disposes it.</param>
    /// <param name="Items">Of its rows.</param>
    /// <param name="Inputs">Passed up to and with the last of them.</param>
    private sealed record Encoded(Tensor Features, MediaItem[] Items, long Inputs);
}
