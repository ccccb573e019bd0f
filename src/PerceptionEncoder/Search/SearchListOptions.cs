using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Search;

/// <summary>How rows are sorted into lists, of which an approximate search looks at a few.</summary>
public sealed record SearchListOptions
{
    /// <summary>Lists: about the square root of the rows, up to four times that of many.</summary>
    [Range(1, 1 << 20)]
    public required int Lists { get; init; }

    /// <summary>Rows of the sample that the lists are found on, for each list; memory is lists x this x dimension floats.</summary>
    [Range(1, 4096)]
    public int SamplePerList { get; init; } = 64;

    /// <summary>Passes over the sample at most; fewer where nothing moves any more.</summary>
    [Range(1, 1000)]
    public int Passes { get; init; } = 15;

    /// <summary>Of the sample and of the first centres.</summary>
    public int Seed { get; init; } = 17;
}
