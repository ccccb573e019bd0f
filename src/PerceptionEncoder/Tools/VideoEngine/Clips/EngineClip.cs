using System.Security.Cryptography;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>A clip with what is known of it. Of a file nothing is read before it is asked for.</summary>
internal sealed class EngineClip
{
    /// <summary>Reason of a clip of which the JSON, text or row beside it cannot be read.</summary>
    public const string DamagedMetadata = "damaged metadata";

    private const string EmptyFile = "empty file";

    private readonly BadSampleException? problem;

    private EngineClip(ClipEntry entry, ClipMetadata metadata, BadSampleException? problem)
        => (Key, Source, Place, Metadata, this.problem) = (entry.Key, entry.Source, entry.Place, metadata, problem);

    /// <inheritdoc cref="ClipEntry.Key"/>
    public string Key { get; }

    /// <inheritdoc cref="ClipEntry.Source"/>
    public string Source { get; }

    /// <inheritdoc cref="ClipEntry.Place"/>
    public string Place { get; }

    /// <summary>What is known of it.</summary>
    public ClipMetadata Metadata { get; }

    /// <summary>Its own file; null where it is a shard's.</summary>
    public string? Path { get; private init; }

    /// <summary>Its sample in a shard; null where it is a file of its own.</summary>
    public Sample? Sample { get; private init; }

    /// <summary>A clip that is a file.</summary>
    public static EngineClip OfFile(ClipEntry entry, string path, ClipMetadata metadata)
        => new(entry, metadata, null) { Path = path };

    /// <summary>A clip of a shard: its video file, or its frames.</summary>
    public static EngineClip OfSample(ClipEntry entry, Sample sample, ClipMetadata metadata)
        => new(entry, metadata, null) { Sample = sample };

    /// <summary>A clip that cannot be used.</summary>
    public static EngineClip Bad(ClipEntry entry, string reason, string detail)
        => new(entry, ClipMetadata.None, new BadSampleException(reason, detail));

    /// <exception cref="BadSampleException">It cannot be used.</exception>
    public void Demand()
    {
        if (problem is not null)
        {
            throw problem;
        }
    }

    /// <summary>SHA-256 of its file, or of its frames: another clip is told by it from one that had its name before.</summary>
    /// <exception cref="BadSampleException">It cannot be used.</exception>
    public string Content()
    {
        Demand();
        try
        {
            if (Path is not null)
            {
                using var file = File.OpenRead(Path);
                return Convert.ToHexStringLower(SHA256.HashData(file));
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (_, data) in Members())
            {
                hash.AppendData(data.Span);
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BadSampleException(MediaItem.UnreadableFile, failure.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>The members by which a shard stores it: its file under its own ending, or its frames.</summary>
    /// <exception cref="BadSampleException">It is missing, empty or cannot be read.</exception>
    public IReadOnlyList<(string Extension, ReadOnlyMemory<byte> Data)> Members()
    {
        Demand();
        if (Sample is null)
        {
            return [(MediaFiles.Extension(Path!), NotEmpty(MediaItem.OfFile(Path!).ReadBytes()))];
        }

        if (FrameMembers.Of(Sample).Count > 0)
        {
            return [.. Sample.Members.Where(member => FrameMembers.Extensions.Contains(member.Key))
                .OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => (member.Key, member.Value))];
        }

        return [(VideoMember(), NotEmpty(Sample.Members[VideoMember()]))];
    }

    /// <summary>Extension of the sample's video file.</summary>
    /// <exception cref="BadSampleException">There is none.</exception>
    public string VideoMember()
        => MediaFiles.Videos.FirstOrDefault(Sample!.Members.ContainsKey)
            ?? throw new BadSampleException(
                ClipDecoder.MissingVideo,
                $"no {string.Join(", ", MediaFiles.Videos)} or {FrameMembers.Extension(0, "jpg")} among {Sample.List()}");

    private static ReadOnlyMemory<byte> NotEmpty(ReadOnlyMemory<byte> file)
        => file.Length > 0 ? file : throw new BadSampleException(EmptyFile, "0 bytes");
}
