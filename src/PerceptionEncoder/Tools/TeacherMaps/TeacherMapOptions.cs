using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Tools.TeacherMaps;

/// <summary>What is stored of each image.</summary>
public sealed record TeacherMapOptions
{
    /// <summary>Points of the grid a side, each of which gives a channel. 32 as published.</summary>
    [Range(1, 256)]
    public int PointsPerSide { get; init; } = 32;

    /// <summary>Places of a map a side: the student's patches, 32 of 448 pixels with patches of 14.</summary>
    [Range(1, 512)]
    public int Grid { get; init; } = 32;

    /// <summary>
    /// Channels that a map is compressed to, those which keep most of it: products of the places' vectors stay nearly as they were, and no
    /// more is learned from. 0 stores a channel a point.
    /// </summary>
    [Range(0, 65536)]
    public int Components { get; init; }

    /// <summary>Images of a shard that is written; what is written whole is not computed again.</summary>
    [Range(1, 1_000_000)]
    public int ShardSamples { get; init; } = 256;

    /// <summary>Images of more pixels are left out.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPixels { get; init; } = Media.Images.IImageDecoder.DefaultMaximumPixels;

    /// <summary>Numbers of a place.</summary>
    public int Channels => Components > 0 ? Components : PointsPerSide * PointsPerSide;

    /// <summary>Bytes of a map in its shard, without its heads: float16.</summary>
    public long BytesPerImage => 2L * Channels * Grid * Grid;
}
