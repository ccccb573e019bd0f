namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Decodes a clip by FFmpeg's libraries, without starting a program. Only for what goes as its container says; anything else is left to a
/// child process, and so are large files and frames: time-out and cancellation are looked at between two steps of the libraries, so that
/// each step must be short.
/// </summary>
internal static unsafe class InProcessDecode
{
    /// <summary>Bytes of the largest file: without a frame in it, the libraries read all of it in one step.</summary>
    public const long LargestFile = 1 << 26;

    // An 8-bit frame of 4K video.
    private const long LargestFrame = 4096 * 2304;

    /// <param name="path">A file.</param>
    /// <param name="promise">Of its container.</param>
    /// <param name="request">Frames by count.</param>
    /// <param name="options">Threads and time.</param>
    /// <param name="frames">Takes the frames.</param>
    /// <param name="cancellation">Looked at between two frames.</param>
    /// <returns>
    /// Null where the libraries are missing, the frames are large, the clip does not decode to exactly the frames promised, or a matrix
    /// turns them.
    /// </returns>
    /// <exception cref="VideoException">The time is over, or the frames have too many pixels.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static DecodedClip? Read(
        string path,
        ContainerPromise promise,
        FrameRequest request,
        VideoReaderOptions options,
        IFrameStore frames,
        CancellationToken cancellation)
    {
        if (LibAv.Instance is not { } library)
        {
            return null;
        }

        var promised = promise.Frames;
        var count = request.CountOf(promised);
        if (!IsSmall(promise.Size ?? (1, 1)))
        {
            return null;
        }

        var indices = request.Select(promised);
        int[] wanted = [.. indices.Distinct()];
        using var graph = FilterGraph.Open(
            library,
            path,
            promise,
            FFmpegDecode.Selection(wanted),
            FFmpegDecode.Scale(request),
            options.Threads);
        if (graph is null || !IsSmall(graph.Stored) || !IsSmall(graph.Shown))
        {
            return null;
        }

        using var deadline = new ClipDeadline(options.Timeout, cancellation);
        request.RequireAll(indices.Length, graph.Shown.Width, graph.Shown.Height);
        frames.Prepare(wanted.Length, graph.Shown.Width, graph.Shown.Height);
        var (filled, fits) = (0, true);
        var seconds = new List<double>();
        (int Width, int Height)? stored = null;
        while (graph.NextDecoded())
        {
            deadline.ThrowIfOver();
            var size = (graph.Frame->Width, graph.Frame->Height);
            seconds.Add(graph.Frame->Time == long.MinValue ? double.NaN : graph.Frame->Time * graph.SecondsPerTick);
            if (size != (stored ??= size) || seconds.Count > promised || graph.IsTurned)
            {
                return null;
            }

            Collect(atEnd: false);
        }

        Collect(atEnd: true);
        return seconds.Count == promised && fits && filled == wanted.Length
            ? new DecodedClip(
                graph.Shown.Width,
                graph.Shown.Height,
                frames.Pictures(indices),
                indices,
                [.. indices.Select(index => seconds[index])],
                promised,
                promised,
                Shortened: false)
            : null;

        bool IsSmall((int Width, int Height) size)
        {
            request.Require(count, size);
            return (long)size.Width * size.Height <= LargestFrame;
        }

        void Collect(bool atEnd)
        {
            while (graph.NextChosen(atEnd))
            {
                fits &= filled < wanted.Length && (graph.Frame->Width, graph.Frame->Height) == graph.Shown;
                if (fits)
                {
                    Pack(graph.Frame, frames[filled++]);
                }
            }
        }
    }

    /// <summary>Writes a frame without the padding that FFmpeg puts behind its rows.</summary>
    private static void Pack(LibAv.Frame* frame, Span<byte> target)
    {
        var row = 3 * frame->Width;
        for (var y = 0; y < frame->Height; y++)
        {
            new ReadOnlySpan<byte>(frame->Data + ((nint)y * frame->LineSize), row).CopyTo(target[(y * row)..]);
        }
    }
}
