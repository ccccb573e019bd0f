using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Shards;

/// <summary>One set of tar shards in the webdataset layout, or of dialogues in JSONL, and how its samples are read.</summary>
public sealed record SourceOptions
{
    /// <summary>
    /// Path of the shards with <c>{00000..00004}</c>, <c>{a,b}</c>, <c>*</c> or <c>?</c> in any part, or a folder of <c>*.tar</c>;
    /// <c>.tar.gz</c> works too. Or an address: <c>https://HOST/{00000..00999}.tar</c>; <c>s3://BUCKET/KEY</c>, with wildcards,
    /// or ending in a slash for all shards below it; <c>pipe:COMMAND</c>, whose standard output is the shard. Of dialogues also a
    /// <c>.jsonl</c> or <c>.jsonl.gz</c> file, a line a dialogue, or several by <c>*</c>.
    /// </summary>
    public required string Shards { get; init; }

    /// <summary>Folder of the pictures and clips that a <c>.jsonl</c> names; null for the folder that it lies in.</summary>
    public string? Root { get; init; }

    /// <summary>What the stages that draw from some sources alone call it; null for none.</summary>
    public string? Name { get; init; }

    /// <summary>Share of the draws that come from this source, relative to the other sources' weights.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Weight { get; init; } = 1;

    /// <summary>
    /// A list of the shards' SHA-256, as <c>sha256sum *.tar</c> writes it, which what is read must agree with. Fetched into
    /// <c>data.cache</c>, a shard is compared before it is used, and fetched once more where it differs; else once it was read to its end.
    /// </summary>
    public string? Checksums { get; init; }

    /// <summary>
    /// Draws shards with replacement, without end, in place of epochs in which each comes once: for streams too large for an epoch to mean
    /// anything, and for more streams than shards.
    /// </summary>
    public bool Resample { get; init; }

    /// <summary>
    /// Where captions are: a member's extension, which may have dots (<c>txt</c>, <c>outputs.txt</c>), or a field of a JSON member
    /// (<c>json.caption</c>); of a list of texts one is drawn anew each time. The first that is there and not blank is taken. img2dataset
    /// writes both.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string> Captions { get; init; } = ["txt", "json.caption"];

    /// <summary>
    /// Where given, one of the captions that are there is drawn anew each time, by these weights in the order of <see cref="Captions"/>: a
    /// human caption twice as often as a model's is <c>[2, 1]</c>.
    /// </summary>
    [Range(0, double.MaxValue)]
    public IReadOnlyList<double>? CaptionWeights { get; init; }

    /// <summary>Whether captions belong to images or to clips.</summary>
    public MediaKind Media { get; init; } = MediaKind.Image;

    /// <summary>Extensions of the image member, which may have dots (<c>input.jpg</c>); the first present wins.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> Images { get; init; } = MediaFiles.Images;

    /// <summary>
    /// Extensions of the clip member; the first present wins. Frames decoded before (<c>pe data extract-frames</c>) go before any of them.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string> Videos { get; init; } = MediaFiles.Videos;

    /// <summary>Extensions of further members that a recipe reads, such as the maps of a teacher.</summary>
    internal IReadOnlyList<string> Besides { get; init; } = [];

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Media == MediaKind.Text)
        {
            yield return ("media", "must be image or video: captions belong to one of them");
        }

        if (CaptionWeights is { } weights
            && (weights.Count != Captions.Count || weights.Any(weight => weight < 0) || weights.All(weight => weight == 0)))
        {
            yield return ("caption_weights", "give one weight a caption, in the same order, none below 0 and at least one above");
        }
    }

    /// <summary>Extensions of the members that a sample is made of: its image or clip, and what its captions may stand in.</summary>
    internal IReadOnlySet<string> Members()
        => (Media == MediaKind.Video ? Videos.Concat(FrameMembers.Extensions) : Images)
            .Concat(MembersOf(Captions))
            .Concat(Besides)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Every member that some places may mean.</summary>
    internal static IEnumerable<string> MembersOf(IEnumerable<string> places) => places.SelectMany(MembersAt);

    /// <summary>
    /// What a place may name as a member, the longest first: <c>outputs.txt</c> is one, <c>json.caption</c> a field of one.
    /// </summary>
    internal static IEnumerable<string> MembersAt(string place)
    {
        for (var end = place.Length; end > 0; end = place.LastIndexOf('.', end - 1))
        {
            yield return place[..end];
        }
    }
}
