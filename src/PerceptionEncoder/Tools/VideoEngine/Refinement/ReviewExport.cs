using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// The captions that people found right, as dialogues from which <c>pe align lang</c> learns, each beside its clip; and what all reviews
/// say of the drafts.
/// </summary>
/// <param name="options">From where to where.</param>
public sealed class ReviewExport(ReviewExportOptions options)
{
    /// <summary>Name of the file of dialogues in the output folder.</summary>
    public const string FileName = "reviews.jsonl";

    private const string ClipFolder = "clips";
    private const string ShardFolder = "shards";
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what is asked for. Files are complete or absent, and equal reviews give equal files.</summary>
    /// <param name="log">Takes a line for each clip that cannot be written.</param>
    /// <param name="cancellation">Stops between two clips, before the file of dialogues is written.</param>
    /// <exception cref="UserErrorException">
    /// The state or a shard cannot be read, or the output not be written; shards are asked for without an output.
    /// </exception>
    public ReviewExportSummary Run(Action<string> log, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (options is { WithShards: true, Output: null })
        {
            throw new UserErrorException("shards are written beside the dialogues: name a folder for both (--output).");
        }

        using var store = ReviewStore.Open(options.State, create: false);
        var reviews = store.Reviews();
        var (chosen, disputed) = Choose(reviews);
        if (options.Output is null)
        {
            return new ReviewExportSummary(null, chosen.Count, disputed, null, ReviewMetrics.Of(reviews));
        }

        var lines = new StringBuilder();
        var written = 0;
        foreach (var (review, sample) in Beside(chosen, log, cancellation))
        {
            lines.Append(Line(review, sample)).Append('\n');
            written++;
        }

        var file = Path.Combine(options.Output, FileName);
        AtomicFolder.Create(options.Output);
        AtomicFile.WriteAllText(file, lines.ToString());
        var shards = !options.WithShards
            ? null
            : new ReviewedShards(reviews, chosen)
                .Write(Path.Combine(options.Output, ShardFolder), Shards(store), log, cancellation);
        return new ReviewExportSummary(file, written, disputed, shards, ReviewMetrics.Of(reviews));
    }

    /// <summary>
    /// One review of each clip, the one that learns most: a change before an acceptance, a later change before an earlier. Where one
    /// reviewer has a right caption and another says that there is none, neither.
    /// </summary>
    internal static (IReadOnlyList<StoredReview> Chosen, int Disputed) Choose(IReadOnlyList<StoredReview> reviews)
    {
        List<StoredReview> chosen = [];
        var disputed = 0;
        foreach (var clip in ReviewMetrics.Counted(reviews).GroupBy(review => review.Decision.Clip))
        {
            var right = clip.Where(review => review.Decision.Caption is not null).ToArray();
            if (right.Length == clip.Count())
            {
                chosen.Add(right.LastOrDefault(review => review.Decision.Verdict == ReviewVerdict.Edited) ?? right[^1]);
            }
            else if (right.Length > 0)
            {
                disputed++;
            }
        }

        return (chosen, disputed);
    }

    private IReadOnlyList<ReviewShard> Shards(ReviewStore store)
        => options.Shards.Count > 0 ? ReviewSamples.Find(options.Shards) : [.. store.ShardPaths().Select(ReviewSamples.Shard)];

    /// <summary>Reviews with the samples that they are of, shard by shard.</summary>
    private IEnumerable<(StoredReview Review, ReviewSample Sample)> Beside(
        IReadOnlyList<StoredReview> chosen,
        Action<string> log,
        CancellationToken cancellation)
    {
        var named = ReviewSamples.Find(options.Shards).ToDictionary(shard => shard.Name);
        var faults = new BadSamples();
        var reader = new ReviewSamples(faults, cancellation);
        foreach (var group in chosen.GroupBy(review => review.Shard))
        {
            var shard = named.GetValueOrDefault(group.Key) ?? ReviewSamples.Shard(group.First().ShardPath);
            var reviews = group.ToDictionary(review => review.Key);
            foreach (var sample in reader.Read(shard))
            {
                if (reviews.Remove(sample.Key, out var review))
                {
                    yield return (review, sample);
                }
            }

            foreach (var lost in reviews.Keys)
            {
                log($"{shard.Path}, sample {VisibleText.Line(lost)}: is no longer there; left out");
            }
        }
    }

    /// <summary>Writes the clip, and makes the dialogue that names it.</summary>
    private string Line(StoredReview review, ReviewSample sample)
    {
        var key = SampleKey.FileOf(sample.Key) is { Length: > 0 } safe ? safe
            : throw new UserErrorException($"{sample.Shard.Path}, sample {VisibleText.Line(sample.Key)}: its key leads out of "
                + $"{options.Output}, so that nothing more is written. Do not trust these shards.");
        var folder = $"{ClipFolder}/{Path.GetFileNameWithoutExtension(review.Shard)}";
        var dialogue = new JsonObject();
        string question;
        if (sample.ClipExtension is { } extension)
        {
            dialogue["video"] = Write(extension);
            question = options.Question;
        }
        else
        {
            dialogue["images"] = new JsonArray([.. sample.FrameExtensions.Select(frame => (JsonNode?)Write(frame))]);
            question = string.Concat(Enumerable.Repeat($"{Dialogue.ImageTag}\n", sample.FrameExtensions.Count)) + options.Question;
        }

        var decision = review.Decision;
        dialogue["conversations"] = new JsonArray(
            new JsonObject { ["from"] = "human", ["value"] = question },
            new JsonObject { ["from"] = "assistant", ["value"] = decision.Caption });
        dialogue["shard"] = review.Shard;
        dialogue["key"] = review.Key;
        dialogue["verdict"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(decision.Verdict.ToString());
        dialogue["reviewer"] = decision.Reviewer;
        dialogue["draft"] = decision.Draft;
        dialogue["flagged"] = new JsonArray([.. decision.Spans.Select(span => (JsonNode?)Flag(decision.Draft, span))]);
        return dialogue.ToJsonString(Readable);

        string Write(string member)
        {
            var name = $"{folder}/{key}.{member}";
            var path = Path.Combine(options.Output!, name);
            AtomicFolder.Create(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, temporary =>
            {
                using var source = sample.Shard.Open(sample.Members[member]);
                using var target = File.Create(temporary);
                source.CopyTo(target);
                target.Flush(flushToDisk: true);
            });
            return name;
        }
    }

    /// <summary>Positions count whole characters, as most languages do that will read them.</summary>
    private static JsonObject Flag(string draft, FlaggedSpan span)
    {
        var text = draft.Substring(span.Start, span.Length);
        var start = draft[..span.Start].EnumerateRunes().Count();
        return new JsonObject { ["start"] = start, ["end"] = start + text.EnumerateRunes().Count(), ["text"] = text };
    }
}
