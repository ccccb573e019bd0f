using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Reads the samples of one shard in stored order: consecutive members of one key, the path up to the first dot of the file name. A member
/// that repeats an extension of its sample, or is too large, is reported and passed over; a key that comes again later is a sample of its
/// own. Files without key or extension, folders and links are passed over. Where the tar is damaged, what comes before is used and the
/// damage is reported.
/// </summary>
public sealed class SampleReader : IShardReader
{
    /// <summary>Bytes of the largest member that is no image or clip: captions, labels, metadata, arrays.</summary>
    private const long OtherLimit = 64L << 20;

    /// <summary>Bytes of all members of the largest sample.</summary>
    private const long SampleLimit = 1L << 31;

    private readonly string path;
    private readonly string shown;
    private readonly ShardAccess access;
    private readonly CancellationToken cancellation;
    private readonly BadSamples faults;
    private readonly IReadOnlySet<string>? wanted;
    private readonly TarMemberReader members;
    private (string Key, string Extension)? current;
    private bool found;
    private bool ended;
    private bool begun;

    /// <param name="path">Of a tar, gzipped or not: a path or an address.</param>
    /// <param name="faults">Takes damage and repeated members.</param>
    /// <param name="wanted">Extensions to read; others stay on disk. All where null.</param>
    /// <exception cref="UserErrorException">The file cannot be opened, or is no tar but another known kind.</exception>
    public SampleReader(string path, BadSamples faults, IReadOnlySet<string>? wanted = null)
        : this(path, faults, wanted, ShardAccess.Default)
    {
    }

    /// <summary>As the other, with a way of its own to open addresses, and an end of waiting for them.</summary>
    internal SampleReader(
        string path,
        BadSamples faults,
        IReadOnlySet<string>? wanted,
        ShardAccess access,
        CancellationToken cancellation = default)
    {
        this.path = path;
        shown = ShardAddress.Shown(path);
        this.faults = faults;
        this.wanted = wanted;
        this.access = access;
        this.cancellation = cancellation;
        members = Open();
    }

    /// <summary>All samples of some shards, one shard open at a time, as evaluation reads them.</summary>
    /// <param name="paths">The shards.</param>
    /// <param name="faults">Takes damage and repeated members.</param>
    /// <param name="wanted">As for one shard.</param>
    /// <param name="skip">So many samples are passed over without reading their data.</param>
    /// <exception cref="UserErrorException">A file cannot be read.</exception>
    public static IEnumerable<Sample> ReadShards(
        IEnumerable<string> paths,
        BadSamples faults,
        IReadOnlySet<string>? wanted = null,
        long skip = 0)
    {
        foreach (var path in paths)
        {
            using var reader = ShardReader.Open(path, faults, wanted, ShardAccess.Default);
            skip -= reader.Skip(skip);
            while (reader.Read() is { } sample)
            {
                yield return sample;
            }
        }
    }

    /// <summary>The next sample, or null after the last.</summary>
    /// <exception cref="UserErrorException">The file cannot be read; damage of the tar is no such error.</exception>
    public Sample? Read()
    {
        var taken = new TakenMembers();
        var key = ReadMembers(taken);
        if (key is not null && !begun && taken.Count == 1 && !ShardAddress.IsAddress(path) && faults.MayLookForMembers())
        {
            ReportMembersApart(key, taken.Stored[0]);
        }

        begun = true;
        return key is null ? null : new Sample(key, shown, taken.Data) { Stored = taken.Stored };
    }

    /// <summary>Passes over samples without reading their data.</summary>
    /// <returns>How many there were, less than <paramref name="count"/> at the end of the shard.</returns>
    public long Skip(long count)
    {
        var skipped = 0L;
        while (skipped < count && ReadMembers(null) is not null)
        {
            skipped++;
        }

        return skipped;
    }

    /// <inheritdoc/>
    public void Dispose() => members.Dispose();

    /// <summary>
    /// Goes through the members of the next sample, into <paramref name="taken"/> where given; its key, or null at the end.
    /// </summary>
    private string? ReadMembers(TakenMembers? taken)
    {
        string? key = null;
        try
        {
            while (current is not null || MoveNext())
            {
                var (memberKey, extension) = current!.Value;
                if (key is not null && memberKey != key)
                {
                    return key;
                }

                key = memberKey;
                if (taken is null || !Take(key, extension, taken))
                {
                    members.SkipData();
                }

                current = null;
            }

            return key;
        }
        catch (TarDamageException damage)
        {
            // A member of this sample is cut: the sample is dropped, not used in part.
            End(damage.Message);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(failure);
        }
    }

    /// <summary>
    /// Finds the next member that belongs to a sample. Damage between members ends the shard and leaves the open sample whole.
    /// </summary>
    private bool MoveNext()
    {
        try
        {
            while (!ended && members.MoveNext())
            {
                current = Split(members.Name);
                if (current is not null)
                {
                    found = true;
                    return true;
                }

                members.SkipData();
            }

            End(found ? null : "it holds no samples");
        }
        catch (TarDamageException damage)
        {
            End(damage.Message);
        }

        return false;
    }

    /// <summary>Reads a member where it is wanted; false where its data is left.</summary>
    private bool Take(string key, string extension, TakenMembers taken)
    {
        taken.Count++;
        if (!taken.Extensions.Add(extension))
        {
            faults.AddFault(new BadSample(BadSamples.RepeatedMember, shown, key, $"{extension} is there twice; the first is used"));
            return false;
        }

        var isWanted = wanted?.Contains(extension) != false;
        var isMedia = MediaFiles.IsImage(members.Name) || MediaFiles.IsVideo(members.Name);
        var limit = Math.Min(isMedia ? UserFile.MediaLimit : OtherLimit, SampleLimit - taken.Bytes);
        var fits = members.Size <= limit;
        taken.Stored.Add(isWanted && !fits ? $"{extension} (too large)" : extension);
        if (isWanted && !fits)
        {
            faults.AddFault(new BadSample(
                BadSamples.MemberTooLarge,
                shown,
                key,
                $"{extension} has {members.Size} bytes, more than the limit of {limit}"));
        }

        if (!isWanted || !fits)
        {
            return false;
        }

        taken.Bytes += members.Size;
        taken.Data.Add(extension, members.ReadData());
        return true;
    }

    /// <summary>Looks through the names of the shard for the rest of a sample that has one member only.</summary>
    private void ReportMembersApart(string key, string extension)
    {
        try
        {
            using var names = Open();
            var isAway = false;
            while (names.MoveNext())
            {
                if (Split(names.Name) is not { } member)
                {
                    continue;
                }

                if (isAway && member.Key == key && member.Extension != extension)
                {
                    var two = $"{key}.{extension} and {key}.{member.Extension}";
                    faults.AddFault(new BadSample(
                        BadSamples.MembersApart,
                        shown,
                        null,
                        $"{two} are not next to each other, so that each counts as a sample; pack the files anew with tar --sort=name"));
                    return;
                }

                isAway |= member.Key != key;
            }
        }
        catch (TarDamageException)
        {
            // Reading on meets the damage and reports it.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(failure);
        }
    }

    private void End(string? damage)
    {
        if (!ended)
        {
            members.Finish();
        }

        if (!ended && damage is not null)
        {
            faults.AddFault(new BadSample(BadSamples.DamagedShard, shown, null, damage));
        }

        ended = true;
        current = null;
    }

    /// <summary>Key and lower-case extension around the first dot of the file name; null where either is empty.</summary>
    internal static (string Key, string Extension)? Split(string name)
    {
        var start = name.LastIndexOf('/') + 1;
        var dot = name.IndexOf('.', start);
        return dot <= start || dot == name.Length - 1 ? null : (name[..dot], name[(dot + 1)..].ToLowerInvariant());
    }

    /// <summary>The shard from its beginning.</summary>
    private TarMemberReader Open()
    {
        try
        {
            return TarMemberReader.Open(path, access, Retried, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(failure);
        }
    }

    private void Retried(string detail) => faults.AddFault(new BadSample(BadSamples.Retried, shown, null, detail));

    private UserErrorException Unreadable(Exception failure)
        => new($"shard {shown} cannot be read ({failure.Message.ReplaceLineEndings(" ")}); check the file and its permissions.", failure);
}
