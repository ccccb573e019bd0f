using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A sample of a shard with a clip in it, of which only the places of its members are kept in memory.</summary>
/// <param name="Shard">Holds it.</param>
/// <param name="Key">Of its members.</param>
/// <param name="Members">Places by lower-case extension.</param>
internal sealed record ReviewSample(ReviewShard Shard, string Key, IReadOnlyDictionary<string, MemberPlace> Members)
{
    /// <summary>Extension of the clip's file; null where frames are stored in its place, or nothing.</summary>
    public string? ClipExtension { get; } = MediaFiles.Videos.FirstOrDefault(Members.ContainsKey);

    /// <summary>Extensions of the frames stored in place of a clip, in order.</summary>
    public IReadOnlyList<string> FrameExtensions { get; } = Frames(Members);

    /// <summary>Whether there is anything to look at.</summary>
    public bool HasClip => ClipExtension is not null || FrameExtensions.Count > 0;

    /// <summary>The draft that is reviewed.</summary>
    /// <param name="places">Where it is, as <see cref="SourceOptions.Captions"/> says it; the first that is there and not blank.</param>
    /// <exception cref="BadSampleException">There is none.</exception>
    /// <exception cref="UserErrorException">The shard cannot be read.</exception>
    public string Draft(IReadOnlyList<string> places)
    {
        var wanted = SourceOptions.MembersOf(places).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var texts = Members.Where(member => wanted.Contains(member.Key))
            .ToDictionary(member => member.Key, member => (ReadOnlyMemory<byte>)Shard.Read(member.Value), StringComparer.OrdinalIgnoreCase);
        var sample = new Sample(Key, Shard.Path, texts) { Stored = [.. Members.Keys] };
        return CaptionText.Clean(CaptionedImage.FindCaption(sample, new SourceOptions { Shards = Shard.Path, Captions = places }))
            ?? throw new BadSampleException(CaptionedImage.MissingCaption, "the draft holds nothing that can be read");
    }

    private static List<string> Frames(IReadOnlyDictionary<string, MemberPlace> members)
    {
        var found = new List<string>();
        while (found.Count < FrameMembers.Most
            && FrameMembers.Formats.Select(format => FrameMembers.Extension(found.Count, format)).FirstOrDefault(members.ContainsKey)
                is { } frame)
        {
            found.Add(frame);
        }

        return found;
    }
}
