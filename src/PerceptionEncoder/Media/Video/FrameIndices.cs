namespace PerceptionEncoder.Media.Video;

/// <summary>Which frames stand for a clip: pure functions of frame counts and time stamps.</summary>
internal static class FrameIndices
{
    // Time stamps are printed to microseconds.
    private const double Rounding = 1e-6;

    /// <summary>
    /// Frames spread over the clip from its first to its last, as published: i*(total-1)/(count-1), cut to an integer. Fewer frames than
    /// asked for repeat by the same rule. A single frame is the middle one, total/2.
    /// </summary>
    /// <returns>[count], never falling.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number below 1.</exception>
    public static int[] Uniform(int count, int total)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(total, 1);
        return count == 1 ? [total / 2] : [.. Enumerable.Range(0, count).Select(i => (int)((long)i * (total - 1) / (count - 1)))];
    }

    /// <summary>Windows of neighbouring frames: the first begins the clip, the last ends it, and the others are spread between.</summary>
    /// <param name="count">Windows; at least 2.</param>
    /// <param name="window">Frames of each.</param>
    /// <param name="total">Of the clip: at least those of all windows, so that no frame comes twice.</param>
    /// <returns>[count * window], rising.</returns>
    public static int[] Windows(int count, int window, int total)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(total, count * window);
        return [.. Uniform(count, total - window + 1).SelectMany(first => Enumerable.Range(first, window))];
    }

    /// <summary>The frame on display at each multiple of 1/<paramref name="rate"/> seconds from the first frame to the last.</summary>
    /// <param name="seconds">[T], time stamps in display order.</param>
    /// <param name="rate">Frames a second, above 0; above the clip's own rate, frames repeat.</param>
    /// <exception cref="ArgumentOutOfRangeException">No rate above 0.</exception>
    public static int[] AtRate(double rate, IReadOnlyList<double> seconds)
    {
        ArgumentNullException.ThrowIfNull(seconds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        List<int> indices = [];
        var shown = 0;
        for (var tick = 0; seconds.Count > 0 && seconds[0] + (tick / rate) <= seconds[^1] + Rounding; tick++)
        {
            shown = OnDisplay(seconds[0] + (tick / rate), seconds, shown);
            indices.Add(shown);
        }

        return [.. indices];
    }

    /// <summary>
    /// The frames on display from <paramref name="start"/> to before <paramref name="end"/>, in seconds after the first frame.
    /// </summary>
    /// <returns>
    /// The first of them and how many; none where the clip's last frame starts earlier by more than its predecessor lasted.
    /// </returns>
    public static (int First, int Count) Within(double start, double end, IReadOnlyList<double> seconds)
    {
        ArgumentNullException.ThrowIfNull(seconds);
        if (seconds.Count == 0 || seconds[0] + start >= seconds[^1] + LastDuration(seconds))
        {
            return (0, 0);
        }

        var first = OnDisplay(seconds[0] + start, seconds, 0);
        var behind = first + 1;
        while (behind < seconds.Count && seconds[behind] < seconds[0] + end - Rounding)
        {
            behind++;
        }

        return (first, behind - first);
    }

    private static double LastDuration(IReadOnlyList<double> seconds)
        => seconds.Count > 1 ? seconds[^1] - seconds[^2] : double.PositiveInfinity;

    private static int OnDisplay(double time, IReadOnlyList<double> seconds, int from)
    {
        while (from + 1 < seconds.Count && seconds[from + 1] <= time + Rounding)
        {
            from++;
        }

        return from;
    }
}
