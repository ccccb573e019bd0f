using System.Globalization;

namespace PerceptionEncoder.Data.Shards;

/// <summary>The members of a sample whose clip was decoded before: <c>KEY.frame00.jpg</c> (or png), <c>KEY.frame01.jpg</c>, ...</summary>
internal static class FrameMembers
{
    /// <summary>Most frames of a sample.</summary>
    public const int Most = 100;

    /// <summary>Compressions that frames may have.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["jpg", "png"];

    /// <summary>All extensions that frames may have.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [.. from index in Enumerable.Range(0, Most)
        from format in Formats
        select Extension(index, format)];

    /// <summary>Such as <c>frame07.jpg</c>.</summary>
    public static string Extension(int index, string format) => string.Create(CultureInfo.InvariantCulture, $"frame{index:D2}.{format}");

    /// <summary>The stored frames of a sample in order; empty where it has none.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Of(Sample sample)
    {
        var frames = new List<ReadOnlyMemory<byte>>();
        while (frames.Count < Most && Find(sample, frames.Count) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }

    private static ReadOnlyMemory<byte>? Find(Sample sample, int index)
    {
        foreach (var format in Formats)
        {
            if (sample.Members.TryGetValue(Extension(index, format), out var frame))
            {
                return frame;
            }
        }

        return null;
    }
}
