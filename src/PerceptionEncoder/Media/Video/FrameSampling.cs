namespace PerceptionEncoder.Media.Video;

/// <summary>Which frames of a clip a language model sees, as PLM chooses them.</summary>
public static class FrameSampling
{
    /// <summary>
    /// One frame a second; where these are more than the limit, spread evenly over them; where fewer, spread evenly over all frames, so that
    /// a short clip is seen closely. A part that reaches beyond the clip ends with it, where published code fails.
    /// </summary>
    /// <param name="framesPerSecond">Of the clip.</param>
    /// <param name="total">Frames of the clip.</param>
    /// <param name="limit">Most frames.</param>
    /// <param name="rate">Frames a second to choose.</param>
    /// <param name="start">Of the part, in seconds; null for the clip's.</param>
    /// <param name="end">Of the part, in seconds, in either order with <paramref name="start"/>; null for the clip's.</param>
    public static int[] Indices(double framesPerSecond, int total, int limit, double rate = 1, double? start = null, double? end = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        var last = total - 1;
        var (first, behind) = (start is { } from ? At(from) : 0, end is { } to ? At(to) : last);
        (first, behind) = (Math.Min(first, behind), Math.Max(first, behind));
        behind = first == behind ? Math.Min(first + 1, last) : behind;
        var step = Math.Max(1, (int)Math.Round(framesPerSecond / rate, MidpointRounding.ToEven));
        int[] regular = [.. Enumerable.Range(0, ((behind - first) / step) + 1).Select(index => first + (index * step))];
        return regular.Length >= limit ? Spread(regular, limit) : Spread([.. Enumerable.Range(first, behind - first + 1)], limit);

        int At(double seconds) => (int)Math.Clamp(seconds * framesPerSecond, 0, last);
    }

    /// <summary>So many of them, from first to last, or all where there are fewer; halves are rounded to even.</summary>
    internal static int[] Spread(int[] frames, int count)
        => frames.Length <= count ? frames
            : count == 1 ? [frames[0]]
            : [.. Enumerable.Range(0, count).Select(index =>
                frames[(int)Math.Round((double)index * (frames.Length - 1) / (count - 1), MidpointRounding.ToEven)])];
}
