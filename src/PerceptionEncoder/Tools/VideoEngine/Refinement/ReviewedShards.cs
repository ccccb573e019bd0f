using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.VideoEngine.Clips;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>
/// Shards as people have left them: the caption that they found right stands in the JSON's <c>human_caption</c>, clips for which they found
/// none are left out, and what nobody has looked at is as it was.
/// </summary>
/// <param name="reviews">All that hold.</param>
/// <param name="chosen">Those of them whose captions are taken, one a clip.</param>
internal sealed class ReviewedShards(IReadOnlyList<StoredReview> reviews, IReadOnlyList<StoredReview> chosen)
{
    private readonly Dictionary<(string Shard, string Key), string> captions =
        chosen.ToDictionary(review => (review.Shard, review.Key), review => review.Decision.Caption!);

    private readonly HashSet<(string Shard, string Key)> refused =
        [.. ReviewMetrics.Counted(reviews).Select(Of).Except(chosen.Select(Of))];

    /// <summary>Writes each of the shards under its name, complete or absent; one of which no clip is left is absent.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="shards">The reviewed ones.</param>
    /// <param name="log">Takes a line for each fault.</param>
    /// <param name="cancellation">Stops; the shard that is under way stays as it was.</param>
    /// <exception cref="UserErrorException">A shard cannot be read or written, or lies where it would be written.</exception>
    public ReviewedShardsSummary Write(
        string folder,
        IReadOnlyList<ReviewShard> shards,
        Action<string> log,
        CancellationToken cancellation)
    {
        if (shards.FirstOrDefault(shard => Target(shard) == shard.Path) is { } own)
        {
            throw new UserErrorException($"{own.Path}: would be replaced by what is written of it. Name another --output.");
        }

        AtomicFolder.Create(folder);
        var faults = new BadSamples();
        faults.Found += bad => log($"{bad.Shard}{(bad.Key is null ? "" : $", sample {VisibleText.Line(bad.Key)}")}: {bad.Detail}");
        var reader = new ReviewSamples(faults, cancellation);
        var (clips, byPeople, leftOut) = (0, 0, 0);
        foreach (var shard in shards)
        {
            ReviewSample[] all = [.. reader.Read(shard)];
            ReviewSample[] kept = [.. all.Where(sample => !refused.Contains((shard.Name, sample.Key)))];
            clips += kept.Length;
            leftOut += all.Length - kept.Length;
            if (kept.Length == 0)
            {
                AtomicFolder.Attempt(Target(shard), () => File.Delete(Target(shard)));
                continue;
            }

            AtomicFile.Write(Target(shard), temporary =>
            {
                using var writer = new ShardWriter(temporary);
                foreach (var sample in kept)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var right = Captioned(sample, log);
                    byPeople += right is null ? 0 : 1;
                    writer.Write(sample.Key, Members(sample, right));
                }
            });
        }

        return new ReviewedShardsSummary(folder, clips, byPeople, leftOut);

        string Target(ReviewShard shard) => Path.GetFullPath(Path.Combine(folder, shard.Name));
    }

    private static (string Shard, string Key) Of(StoredReview review) => (review.Shard, review.Key);

    /// <summary>The sample's JSON with the caption; null where people have not said any, or it cannot be written there.</summary>
    private byte[]? Captioned(ReviewSample sample, Action<string> log)
    {
        if (!captions.TryGetValue((sample.Shard.Name, sample.Key), out var caption))
        {
            return null;
        }

        var file = sample.Members.TryGetValue(JsonMember.Extension, out var place)
            ? sample.Shard.Read(place)
            : (ReadOnlyMemory<byte>?)null;
        var captioned = JsonMember.Changed(file, fields =>
        {
            fields[ClipMetadata.HumanCaptionField] = JsonValue.Create(caption);
            return true;
        });
        if (captioned is null)
        {
            log($"{sample.Shard.Path}, sample {VisibleText.Line(sample.Key)}: its JSON is damaged or no object, so that the right caption "
                + "is not written there; the sample is kept as it is");
        }

        return captioned;
    }

    private static IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> Members(ReviewSample sample, byte[]? json)
        => JsonMember.In(sample.Members.Select(member => (member.Key, (ReadOnlyMemory<byte>)sample.Shard.Read(member.Value))), json);
}
