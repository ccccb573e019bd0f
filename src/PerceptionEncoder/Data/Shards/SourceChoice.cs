using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Shards;

/// <summary>Which of the configured sources a stage draws from; the others keep their positions.</summary>
/// <param name="Media">Those of this kind; null for all kinds.</param>
/// <param name="Names">Those of these names; null for all.</param>
public sealed record SourceChoice(MediaKind? Media, IReadOnlyList<string>? Names = null)
{
    /// <summary>Whether a source is one of them.</summary>
    public bool Takes(SourceOptions source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return (Media is null || source.Media == Media) && (Names is null || (source.Name is { } name && Names.Contains(name)));
    }

    /// <inheritdoc/>
    public override string ToString()
        => (Names, Media) switch
        {
            ({ } names, null) => $"named {string.Join(" or ", names)}",
            ({ } names, { } media) => $"with media: {media.ToString().ToLowerInvariant()}, named {string.Join(" or ", names)}",
            (null, { } media) => $"with media: {media.ToString().ToLowerInvariant()}",
            _ => "at all",
        };
}
