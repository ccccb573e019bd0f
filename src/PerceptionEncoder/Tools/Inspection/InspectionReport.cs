using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>What some shards hold.</summary>
public sealed record InspectionReport
{
    /// <summary>As they were named.</summary>
    public required IReadOnlyList<string> Shards { get; init; }

    /// <summary>Files that these stand for.</summary>
    public required int ShardCount { get; init; }

    /// <summary>Samples in them, bad ones included.</summary>
    public required long Samples { get; init; }

    /// <summary>Of all members that were read.</summary>
    public required long Bytes { get; init; }

    /// <summary>Samples by their media: <c>image</c>, <c>clip</c>, <c>stored_frames</c>, <c>text</c>.</summary>
    public required IReadOnlyList<InspectedCount> Kinds { get; init; }

    /// <summary>Samples that have a member of some extension, and their bytes.</summary>
    public required IReadOnlyList<InspectedCount> Members { get; init; }

    /// <summary>Fields of the samples' JSON, by name and by what they hold.</summary>
    public required IReadOnlyList<InspectedCount> Fields { get; init; }

    /// <summary>Codecs of clips, file formats of pictures.</summary>
    public required IReadOnlyList<InspectedCount> Formats { get; init; }

    /// <summary>Sizes as displayed, the commonest first.</summary>
    public required IReadOnlyList<InspectedCount> Resolutions { get; init; }

    /// <summary>Pixels on the shorter side.</summary>
    public InspectedNumbers? ShortSide { get; init; }

    /// <summary>Width over height.</summary>
    public InspectedNumbers? Proportion { get; init; }

    /// <summary>Of clips.</summary>
    public InspectedNumbers? Seconds { get; init; }

    /// <summary>Of clips, and stored ones.</summary>
    public InspectedNumbers? Frames { get; init; }

    /// <summary>Frames a second.</summary>
    public InspectedNumbers? FrameRate { get; init; }

    /// <summary>By place, in the order in which training would look for a caption.</summary>
    public required IReadOnlyList<InspectedText> Captions { get; init; }

    /// <summary>Pictures and clips whose files are equal byte by byte.</summary>
    public required InspectedDuplicates SameContent { get; init; }

    /// <summary>Captions that are equal but for case and white space.</summary>
    public required InspectedDuplicates SameCaption { get; init; }

    /// <summary>Keys that come again.</summary>
    public required InspectedDuplicates SameKey { get; init; }

    /// <summary>Samples that training leaves out.</summary>
    public required long Bad { get; init; }

    /// <summary>Why, and what else is wrong; the commonest first.</summary>
    public required IReadOnlyList<InspectedProblem> Problems { get; init; }

    /// <summary>The contact sheet.</summary>
    internal IReadOnlyList<PictureCard> Pictures { get; init; } = [];

    /// <summary>Writes a page with all of it, one file.</summary>
    /// <param name="path">What is there is replaced.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public void WritePage(string path) => InspectionPage.Write(path, this);
}
