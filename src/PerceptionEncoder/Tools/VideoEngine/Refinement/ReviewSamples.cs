using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>Looks shards through for samples with a clip: where their members lie, so that each can be read by itself later.</summary>
/// <param name="faults">Takes what cannot be used.</param>
/// <param name="cancellation">Stops between two members.</param>
internal sealed class ReviewSamples(BadSamples faults, CancellationToken cancellation = default)
{
    /// <summary>Reason of a sample whose key came before in its shard.</summary>
    public const string RepeatedKey = "repeated key";

    /// <summary>The shards of some patterns, in order.</summary>
    /// <exception cref="UserErrorException">One is missing, on another machine, no plain tar, or has the name of another.</exception>
    public static IReadOnlyList<ReviewShard> Find(IEnumerable<string> patterns)
    {
        List<ReviewShard> shards = [];
        foreach (var path in patterns.SelectMany(pattern => ShardOrder.Find(pattern)))
        {
            if (ShardAddress.IsAddress(path) || LineReader.IsLines(path))
            {
                throw new UserErrorException(
                    $"{ShardAddress.Shown(path)}: is no tar of this machine, from which clips are shown. Fetch or pack it first.");
            }

            shards.Add(Shard(path));
        }

        return shards.GroupBy(shard => shard.Name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new UserErrorException($"{twice.First().Path} and {twice.Last().Path} have one name, by which the state knows "
                + "them: review their folders with a --state each, or rename one.")
            : shards;
    }

    /// <summary>The shard at a path.</summary>
    /// <exception cref="UserErrorException">It is not there, or must not be read.</exception>
    public static ReviewShard Shard(string path) => Attempt(path, () => ReviewShard.Of(Path.GetFullPath(path)));

    /// <summary>The samples of a shard that have a clip, in stored order.</summary>
    /// <exception cref="UserErrorException">The shard cannot be read, or is packed.</exception>
    public IEnumerable<ReviewSample> Read(ReviewShard shard)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, members) in Grouped(shard))
        {
            var sample = new ReviewSample(shard, key, members);
            if (!keys.Add(key))
            {
                faults.AddFault(new BadSample(RepeatedKey, shard.Path, key, "its key came before in this shard; the first is reviewed"));
            }
            else if (!sample.HasClip)
            {
                faults.AddFault(new BadSample(
                    ClipDecoder.MissingVideo,
                    shard.Path,
                    key,
                    $"no clip and no {FrameMembers.Extension(0, "jpg")} among {string.Join(", ", members.Keys.Take(12))}"));
            }
            else
            {
                yield return sample;
            }
        }
    }

    private IEnumerable<(string Key, Dictionary<string, MemberPlace> Members)> Grouped(ReviewShard shard)
    {
        string? open = null;
        Dictionary<string, MemberPlace> members = [];
        foreach (var (key, extension, place) in Members(shard))
        {
            if (open is not null && open != key)
            {
                yield return (open, members);
                members = [];
            }

            open = key;
            members.TryAdd(extension, place);
        }

        if (open is not null)
        {
            yield return (open, members);
        }
    }

    private IEnumerable<(string Key, string Extension, MemberPlace Place)> Members(ReviewShard shard)
    {
        using var reader = Attempt(shard.Path, () => TarMemberReader.Open(shard.Path, ShardAccess.Default, _ => { }, cancellation));
        while (Attempt(shard.Path, () => MoveNext(reader, shard)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (SampleReader.Split(reader.Name) is not { } member)
            {
                continue;
            }

            yield return reader.Offset is { } offset
                ? (member.Key, string.Intern(member.Extension), new MemberPlace(offset, reader.Size))
                : throw new UserErrorException(
                    $"{shard.Path}: is gzipped, and clips are shown from where they lie. Unpack it first: gunzip.");
        }
    }

    /// <summary>Where the tar is damaged it ends, and what came before is reviewed.</summary>
    private bool MoveNext(TarMemberReader reader, ReviewShard shard)
    {
        string damage;
        try
        {
            if (!reader.MoveNext())
            {
                return false;
            }

            if (!(reader.Offset + reader.Size > shard.Length))
            {
                return true;
            }

            damage = $"it ends inside {reader.Name}";
        }
        catch (TarDamageException found)
        {
            damage = found.Message;
        }

        faults.AddFault(new BadSample(BadSamples.DamagedShard, shard.Path, null, damage));
        return false;
    }

    private static T Attempt<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"shard {path} cannot be read ({failure.Message.ReplaceLineEndings(" ")}); check the file and its permissions.",
                failure);
        }
    }
}
