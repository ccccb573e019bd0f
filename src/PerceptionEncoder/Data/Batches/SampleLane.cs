using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Batches;

/// <summary>The samples of one sequence on their way through the workers, in the order of drawing. For one thread.</summary>
internal sealed class SampleLane
{
    private readonly SampleSequence sequence;
    private readonly DecodeWorkers workers;
    private readonly int depth;
    private readonly BadSamples bad;
    private readonly Queue<(SampleDraw Draw, Task<DecodedSample> Decoding)> inFlight = [];
    private readonly SourcePosition[] positions;
    private long draws;
    private Exception? drawFailure;

    /// <param name="sequence">Gives the samples.</param>
    /// <param name="workers">Decode them.</param>
    /// <param name="depth">Samples that are decoded ahead.</param>
    /// <param name="tally">Watches the epochs.</param>
    /// <param name="bad">Takes the account of what could not be used.</param>
    public SampleLane(SampleSequence sequence, DecodeWorkers workers, int depth, EpochTally tally, BadSamples bad)
    {
        (this.sequence, this.workers, this.depth, Tally, this.bad) = (sequence, workers, depth, tally, bad);
        draws = sequence.Draws;
        positions = [.. sequence.Start];
    }

    /// <summary>Which of several streams this is.</summary>
    public int Stream => sequence.Stream;

    /// <summary>Watches the epochs.</summary>
    public EpochTally Tally { get; }

    /// <summary>Where the sequence is behind what was taken.</summary>
    public DataPosition Position => new(draws, [.. positions]);

    /// <summary>
    /// Draws one more sample where there is room. A failure waits until everything drawn before it is used, so that it does not depend on
    /// the depth.
    /// </summary>
    /// <returns>Whether it did.</returns>
    public bool Draw(CancellationToken cancellation)
    {
        if (drawFailure is not null || inFlight.Count >= depth)
        {
            return false;
        }

        try
        {
            var draw = sequence.Draw(cancellation);
            inFlight.Enqueue((draw, workers.Submit(draw)));
            return true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            drawFailure = failure;
            return false;
        }
    }

    /// <summary>Takes the next draw in order; null where it is a bad sample.</summary>
    /// <exception cref="UserErrorException">The data give no more, or too much of it is bad.</exception>
    public DecodedSample? Take(CancellationToken cancellation)
    {
        if (!inFlight.TryDequeue(out var oldest))
        {
            throw drawFailure!;
        }

        var (draw, decoding) = oldest;
        var fault = Await(draw, decoding, cancellation);
        draws += draw.Round.Count;
        foreach (var (source, next) in draw.Round)
        {
            positions[source.Index] = next;
        }

        bad.AddDraw(fault);
        Tally.Add(draw, usable: fault is null);
        return fault is null ? decoding.Result : null;
    }

    /// <summary>Waits for the decoder; what is wrong with the sample, or null. Any other failure of the decoder is thrown.</summary>
    private static BadSample? Await(SampleDraw draw, Task<DecodedSample> decoding, CancellationToken cancellation)
    {
        try
        {
            ((Task)decoding).WaitAsync(cancellation).GetAwaiter().GetResult();
            return null;
        }
        catch (ImageException unusable)
        {
            return new BadSample(unusable.Reason, draw.Sample.Shard, draw.Sample.Key, unusable.Message);
        }
        catch (BadSampleException unusable)
        {
            return new BadSample(unusable.Reason, draw.Sample.Shard, draw.Sample.Key, unusable.Message);
        }
    }
}
