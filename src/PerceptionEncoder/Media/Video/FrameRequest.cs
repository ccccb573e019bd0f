namespace PerceptionEncoder.Media.Video;

/// <summary>Which frames of a clip, and at what size.</summary>
public sealed record FrameRequest
{
    private FrameRequest()
    {
    }

    /// <summary>Every frame.</summary>
    public static FrameRequest All { get; } = new();

    /// <summary>
    /// Apply the sample aspect ratio, so that a circle is round. Off leaves the stored columns, as the published evaluation does: the
    /// better choice before a resize to a square, which forgets proportions anyway, as it spares one resampling.
    /// </summary>
    public bool SquarePixels { get; init; } = true;

    /// <summary>
    /// Size to which the decoder scales (bicubic, proportions not kept); null for the clip's own, to be resized by an image transform.
    /// </summary>
    public (int Width, int Height)? Size { get; init; }

    /// <summary>
    /// Clips are refused whose frames asked for have more pixels than this together, before any is decoded. No array of pixels can be
    /// larger than the default.
    /// </summary>
    public long MaximumPixels { get; init; } = MostPixels;

    private static long MostPixels => Array.MaxLength / 3;

    private int? Count { get; init; }

    private double? Rate { get; init; }

    private int? Most { get; init; }

    private int? Window { get; init; }

    private (double Start, double End)? Span { get; init; }

    // Where false, a frame count is enough to choose.
    internal bool NeedsTimes => Rate is not null || Most is not null || Span is not null;

    /// <summary>
    /// So many frames from first to last by <see cref="FrameIndices.Uniform"/>; repeated where the clip has fewer; a single one is the
    /// middle frame.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public static FrameRequest Uniform(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new FrameRequest { Count = count };
    }

    /// <summary>All frames of a clip that has no more than these together; of a longer one, windows of neighbours, spread evenly.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two windows, or of no frame.</exception>
    internal static FrameRequest Windows(int windows, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(windows, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        return new FrameRequest { Count = windows * frames, Window = frames };
    }

    /// <summary>So many frames a second of display time by <see cref="FrameIndices.AtRate"/>, whatever the clip's own rate.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No finite rate above 0.</exception>
    public static FrameRequest AtRate(double framesPerSecond)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesPerSecond);
        return double.IsFinite(framesPerSecond)
            ? new FrameRequest { Rate = framesPerSecond }
            : throw new ArgumentOutOfRangeException(nameof(framesPerSecond));
    }

    /// <summary>Up to so many frames by <see cref="FrameSampling.Indices"/>: one a second, more closely in a short clip.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A count below 1.</exception>
    public static FrameRequest Sampled(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return new FrameRequest { Most = most };
    }

    /// <summary>The same of a part of the clip: what is on display from start to before end, counted from the first frame.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A start before 0, or an end not after the start.</exception>
    public FrameRequest Within(TimeSpan start, TimeSpan end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, start);
        return this with { Span = (start.TotalSeconds, end.TotalSeconds) };
    }

    /// <summary>What a decoder may spend on one of so many frames: those that are scaled down leave their size behind.</summary>
    internal long MostPixelsPerFrame(int frames) => Math.Clamp(Size is null ? Limit / frames : Limit, 1, int.MaxValue);

    /// <exception cref="VideoException">Frames of this size, as decoded or as delivered, are too many.</exception>
    internal void Require(int frames, (int Width, int Height) size)
    {
        if ((long)size.Width * size.Height > MostPixelsPerFrame(frames))
        {
            throw VideoFaults.TooManyPixels($"{frames} frames of {size.Width}x{size.Height} are above the limit of {Limit}");
        }
    }

    /// <exception cref="VideoException">So many frames, repeated ones counted, are too large to deliver.</exception>
    internal void RequireAll(int frames, int width, int height)
    {
        if ((long)width * height > Limit / frames)
        {
            throw VideoFaults.TooManyPixels($"{frames} frames of {width}x{height} are above the limit of {Limit}");
        }
    }

    private long Limit => Math.Min(MaximumPixels, MostPixels);

    internal void Write(BinaryWriter writer)
    {
        writer.Write(SquarePixels);
        writer.Write(Size?.Width ?? 0);
        writer.Write(Size?.Height ?? 0);
        writer.Write(MaximumPixels);
        writer.Write(Count ?? 0);
        writer.Write(Rate ?? 0);
        writer.Write(Most ?? 0);
        writer.Write(Window ?? 0);
        writer.Write(Span?.Start ?? 0);
        writer.Write(Span?.End ?? 0);
    }

    internal static FrameRequest Read(BinaryReader reader)
    {
        var (square, width, height, pixels) = (reader.ReadBoolean(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt64());
        var (count, rate, most, window) = (reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt32(), reader.ReadInt32());
        var (start, end) = (reader.ReadDouble(), reader.ReadDouble());
        return new FrameRequest
        {
            SquarePixels = square,
            Size = width > 0 ? (width, height) : null,
            MaximumPixels = pixels,
            Count = count > 0 ? count : null,
            Rate = rate > 0 ? rate : null,
            Most = most > 0 ? most : null,
            Window = window > 0 ? window : null,
            Span = end > 0 ? (start, end) : null,
        };
    }

    /// <summary>How many frames of a clip of so many are asked for, where no times are.</summary>
    internal int CountOf(int total) => Window is null ? Count ?? total : Math.Min(Count!.Value, total);

    /// <summary>The frames of a clip of which the count is all that is known.</summary>
    internal int[] Select(int total)
        => Count is not { } wanted || (Window is not null && total <= wanted) ? [.. Enumerable.Range(0, total)]
            : Window is { } window ? FrameIndices.Windows(wanted / window, window, total)
            : FrameIndices.Uniform(wanted, total);

    /// <summary>The frames of a clip of these time stamps.</summary>
    /// <exception cref="VideoException">The time span is behind the clip's end.</exception>
    internal int[] Select(IReadOnlyList<double> seconds)
    {
        var (first, total) = Span is { } part ? FrameIndices.Within(part.Start, part.End, seconds) : (0, seconds.Count);
        if (total == 0)
        {
            throw VideoFaults.OutsideSpan(Span?.Start ?? 0, seconds.Count == 0 ? 0 : seconds[^1] - seconds[0]);
        }

        var chosen = Rate is { } pace ? FrameIndices.AtRate(pace, [.. seconds.Skip(first).Take(total)])
            : Most is { } most ? FrameSampling.Indices(PaceOf(seconds), total, most)
            : Select(total);
        return [.. chosen.Select(index => first + index)];
    }

    /// <summary>Mean frames a second; 1 where there is but one frame.</summary>
    private static double PaceOf(IReadOnlyList<double> seconds)
        => seconds.Count > 1 && seconds[^1] > seconds[0] ? (seconds.Count - 1) / (seconds[^1] - seconds[0]) : 1;
}
