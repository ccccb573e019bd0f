using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>What one sample is, by its names and headers.</summary>
/// <param name="Kind">Of its media.</param>
internal sealed record SampleLook(SampleKind Kind)
{
    /// <summary>Extension and length of each member that was read.</summary>
    public IReadOnlyList<(string Extension, long Bytes)> Members { get; init; } = [];

    /// <summary>Of the file that holds the picture: <c>jpeg</c>, <c>h264</c>; null where it cannot be told.</summary>
    public string? Format { get; init; }

    /// <summary>Pixels as displayed; 0 where there is no picture.</summary>
    public int Width { get; init; }

    /// <summary>Pixels as displayed; 0 where there is no picture.</summary>
    public int Height { get; init; }

    /// <summary>Of a clip, where its container says.</summary>
    public double Seconds { get; init; }

    /// <summary>Of a clip, where its container says; those that are stored.</summary>
    public int Frames { get; init; }

    /// <summary>Of all bytes of the media: equal ones are equal files. Null without media.</summary>
    public UInt128? Content { get; init; }

    /// <summary>In the order of places.</summary>
    public IReadOnlyList<TextLook> Texts { get; init; } = [];

    /// <summary>Names of the JSON's fields and what each holds.</summary>
    public IReadOnlyList<(string Name, string Holds)> Fields { get; init; } = [];

    /// <summary>Why it cannot be used, or not whole.</summary>
    public IReadOnlyList<BadSample> Problems { get; init; } = [];

    /// <summary>The text that counts as its caption; null where all are blank.</summary>
    public TextLook? Caption { get; init; }
}
