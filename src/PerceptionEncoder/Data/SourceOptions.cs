using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Data;

/// <summary>One set of tar shards in the webdataset layout, and how its samples are read.</summary>
public sealed record SourceOptions
{
    /// <summary>Path of the shards with <c>{00000..00004}</c>, <c>{a,b}</c>, <c>*</c> or <c>?</c>, or a folder of <c>*.tar</c>; <c>.tar.gz</c> works too.</summary>
    public required string Shards { get; init; }

    /// <summary>Share of the draws that come from this source, relative to the other sources' weights.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Weight { get; init; } = 1;

    /// <summary>
    /// Where captions are: a member's extension (<c>txt</c>) or a field of a JSON member (<c>json.caption</c>). The first that is there and not
    /// blank is taken. img2dataset writes both.
    /// </summary>
    [MinLength(1)]
    public IReadOnlyList<string> Captions { get; init; } = ["txt", "json.caption"];

    /// <summary>Extensions of the image member; the first present wins.</summary>
    [MinLength(1)]
    public IReadOnlyList<string> Images { get; init; } = ["jpg", "jpeg", "png", "webp"];
}
