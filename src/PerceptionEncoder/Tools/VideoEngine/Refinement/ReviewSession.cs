using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// A review that is going on: the clips of some shards, and the state in which decisions are kept. Safe to share between threads.
/// </summary>
internal sealed class ReviewSession : IDisposable
{
    private readonly ReviewOptions options;
    private readonly ReviewStore store;
    private readonly ReviewFrames frames;
    private readonly Dictionary<long, ReviewSample> samples;

    private ReviewSession(ReviewOptions options, ReviewStore store, Dictionary<long, ReviewSample> samples)
    {
        (this.options, this.store, this.samples) = (options, store, samples);
        frames = new ReviewFrames(() => new FFmpegVideoReader(new VideoReaderOptions { Isolated = options.IsolateDecoder }));
    }

    /// <summary>Tells what browsers keep for this state from what they keep for others.</summary>
    public string Id => store.Id;

    /// <summary>How long a clip is lent.</summary>
    public TimeSpan Lease => options.Lease;

    /// <summary>Looks the shards through, and opens the state.</summary>
    /// <param name="options">What is reviewed.</param>
    /// <param name="faults">Takes samples that cannot be.</param>
    /// <param name="report">Told the number of clips found so far.</param>
    /// <param name="clock">Tells when leases end.</param>
    /// <param name="cancellation">Stops between two clips.</param>
    /// <exception cref="UserErrorException">A shard or the state cannot be used, or there is nothing to review.</exception>
    public static ReviewSession Open(
        ReviewOptions options,
        BadSamples faults,
        Action<long>? report = null,
        TimeProvider? clock = null,
        CancellationToken cancellation = default)
    {
        var reader = new ReviewSamples(faults, cancellation);
        var found = new List<ReviewSample>();
        foreach (var sample in ReviewSamples.Find(options.Shards).SelectMany(reader.Read))
        {
            try
            {
                sample.Draft(options.Drafts);
            }
            catch (BadSampleException bad)
            {
                faults.AddFault(new BadSample(bad.Reason, sample.Shard.Path, sample.Key, bad.Message));
                continue;
            }

            found.Add(sample);
            report?.Invoke(found.Count);
        }

        if (found.Count == 0)
        {
            throw new UserErrorException($"{string.Join(", ", options.Shards)}: holds no clip with a draft at "
                + $"{string.Join(", ", options.Drafts)}{Most(faults)}. Check the shards, or name the place of the drafts (--draft).");
        }

        var store = ReviewStore.Open(options.State, create: true, clock);
        try
        {
            var ids = store.Serve(found, options.DoubleShare);
            return new ReviewSession(options, store, ids.Zip(found).ToDictionary(pair => pair.First, pair => pair.Second));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>The clip that is lent to a browser next; null where there is none for this person.</summary>
    /// <exception cref="UserErrorException">Its shard or the state cannot be used.</exception>
    public ClipUnderReview? Take(string client, string reviewer) => store.Take(client, reviewer, Lease) is { } id ? Show(id) : null;

    /// <summary>Puts off the end of a lease; false where another has the clip, or nobody needs it any more.</summary>
    public bool Renew(string client, string reviewer, long clip) => store.Renew(client, reviewer, clip, Lease);

    /// <summary>Writes a decision down.</summary>
    /// <exception cref="UserErrorException">The state cannot be written.</exception>
    public DecisionOutcome Decide(ReviewDecision decision) => store.Decide(decision);

    /// <summary>Takes back the last decision of a person in a browser.</summary>
    /// <returns>What came of it, and the clip that is lent again.</returns>
    public (UndoneReview Undone, ClipUnderReview? Clip) Undo(string client, string reviewer)
    {
        var undone = store.Undo(client, reviewer, Lease);
        return (undone, undone.Review is { } review ? Show(review.Clip) : null);
    }

    /// <summary>Offers a person again what that person had skipped.</summary>
    public int TakeUpSkipped(string reviewer) => store.TakeUpSkipped(reviewer);

    /// <summary>How far the review has come.</summary>
    public ReviewProgress Progress(string reviewer) => store.Progress(reviewer);

    /// <summary>The sample of a clip; null where it is not reviewed here.</summary>
    public ReviewSample? Sample(long clip) => samples.GetValueOrDefault(clip);

    /// <summary>The draft of a clip as it stands.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public string Draft(ReviewSample sample)
    {
        try
        {
            return sample.Draft(options.Drafts);
        }
        catch (BadSampleException gone)
        {
            throw new UserErrorException($"{sample.Shard.Path}, sample {VisibleText.Line(sample.Key)}: {gone.Message}.", gone);
        }
    }

    /// <summary>The pictures of a clip.</summary>
    /// <exception cref="UserErrorException">It cannot be read or decoded.</exception>
    public IReadOnlyList<ReviewFrame> Frames(long clip, ReviewSample sample) => frames.Of(clip, sample);

    public void Dispose() => store.Dispose();

    private ClipUnderReview Show(long id)
    {
        var sample = samples[id];
        var draft = Draft(sample);
        var name = $"{sample.Shard.Name} {sample.Key}";
        return new ClipUnderReview(id, name, draft, Sources(sample, draft), IsFile: sample.ClipExtension is not null);
    }

    private static IReadOnlyList<ReviewSource> Sources(ReviewSample sample, string draft)
    {
        if (!sample.Members.TryGetValue("json", out var place))
        {
            return [];
        }

        try
        {
            using var json = UserJson.Parse(sample.Shard.Read(place));
            return ReviewSource.Of(json.RootElement, draft);
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException or TextEncodingException)
        {
            return [];                                          // the draft is elsewhere, and can be reviewed without them
        }
    }

    private static string Most(BadSamples faults)
        => faults.FaultsByReason.OrderByDescending(fault => fault.Value).FirstOrDefault() is { Key: { } reason, Value: var count }
            ? $" ({count} times {reason})"
            : "";
}
