using System.ComponentModel;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Reads clips with the FFmpeg of the system: ordinary ones by its libraries, all others with one decoding process a clip. Rotation by
/// metadata is applied; pixels are converted as PyAV and decord convert them. A process is killed on time-out and cancellation, and ends by
/// itself where this one was killed.
/// </summary>
public sealed class FFmpegVideoReader : IVideoReader
{
    private readonly VideoReaderOptions options;
    private readonly FFmpegPrograms programs;
    private readonly DecoderProcesses? service;

    /// <summary>Looks for the programs, so that missing ones show before any data is read.</summary>
    /// <exception cref="UserErrorException">ffmpeg or ffprobe is missing.</exception>
    public FFmpegVideoReader(VideoReaderOptions? options = null)
    {
        this.options = options ?? new VideoReaderOptions();
        programs = new FFmpegPrograms(this.options.BinaryFolder);
        service = OperatingSystem.IsLinux() && this.options is { Isolated: true, Service: { } program }
            ? new DecoderProcesses(program)
            : null;
    }

    /// <inheritdoc/>
    public VideoInfo Probe(string path, CancellationToken cancellation)
    {
        RequireClip(path);
        return ProbeFrames(path, cancellation).Info;
    }

    /// <inheritdoc/>
    public DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation)
    {
        if (file.IsEmpty)
        {
            throw VideoFaults.Empty();
        }

        using var clip = new TemporaryClip(file);
        return Read(clip.Path, request, cancellation);
    }

    /// <inheritdoc/>
    public DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        var length = RequireClip(path);
        return service is null
            ? Read(path, length, request, new FrameArrays(), cancellation)
            : service.Read(path, request, options, cancellation);
    }

    /// <summary>The same, decoded here whatever the options say, with the frames left in a store.</summary>
    internal DecodedClip ReadInto(IFrameStore frames, string path, FrameRequest request, CancellationToken cancellation)
        => Read(path, RequireClip(path), request, frames, cancellation);

    private DecodedClip Read(string path, long length, FrameRequest request, IFrameStore frames, CancellationToken cancellation)
        => request.NeedsTimes ? ReadByTime(path, request, frames, cancellation) : ReadByCount(path, length, request, frames, cancellation);

    private DecodedClip ReadByCount(string path, long length, FrameRequest request, IFrameStore frames, CancellationToken cancellation)
    {
        var inside = !options.Isolated && length <= InProcessDecode.LargestFile;
        var container = Mp4Index.Read(path) ?? (inside ? PacketIndex.Read(path, options.Timeout, cancellation) : null);
        if (container is not null)
        {
            request.Require(request.CountOf(container.Frames), container.Size ?? (1, 1));
        }

        if (inside
            && container is { Upright: true }
            && InProcessDecode.Read(path, container, request, options, frames, cancellation) is { } clip)
        {
            return clip;
        }

        var promised = container?.Frames ?? Math.Max(1, ProbeFrames(path, cancellation).Seconds.Count);
        var pass = Decode(path, request.Select(promised), request, frames, stopEarly: false, cancellation);
        var decoded = pass.Log.Seconds.Count;
        if (decoded != promised)
        {
            pass = Decode(path, request.Select(decoded), request, frames, stopEarly: false, cancellation);
        }

        return Finish(pass, frames, promised, decoded < promised);
    }

    private DecodedClip ReadByTime(string path, FrameRequest request, IFrameStore frames, CancellationToken cancellation)
    {
        var seconds = ProbeFrames(path, cancellation).Seconds;
        var promised = seconds.Count;
        if (promised == 0 || seconds.Any(double.IsNaN))
        {
            // AVI has no time stamps and a damaged index may hide packets: the decoder knows better.
            seconds = Decode(path, [0], request, frames, stopEarly: false, cancellation).Log.Seconds;
        }

        var indices = request.Select(seconds);
        var stopEarly = indices[^1] < seconds.Count - 1;
        var pass = Decode(path, indices, request, frames, stopEarly, cancellation);
        var shortened = !pass.Complete || (!stopEarly && pass.Log.Seconds.Count < promised);
        if (!pass.Complete || (!stopEarly && pass.Log.Seconds.Count != seconds.Count))
        {
            pass = Decode(path, request.Select(pass.Log.Seconds), request, frames, stopEarly: false, cancellation);
        }

        return Finish(pass, frames, promised, shortened);
    }

    private static DecodedClip Finish(FFmpegDecode pass, IFrameStore frames, int? promised, bool shortened)
    {
        if (!pass.Complete)
        {
            throw VideoFaults.Damaged($"frames that decoded once did not decode again: {string.Join("; ", pass.Log.Complaints)}");
        }

        double[] seconds = [.. pass.Indices.Select(index => pass.Log.Seconds[index])];
        return new DecodedClip(
            pass.Width,
            pass.Height,
            frames.Pictures(pass.Indices),
            pass.Indices,
            seconds,
            promised,
            pass.Log.Seconds.Count,
            shortened);
    }

    /// <returns>Its length in bytes.</returns>
    private static long RequireClip(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var file = RegularFile.OpenRead(path);
            return file.Length > 0 ? file.Length : throw VideoFaults.Empty();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw VideoFaults.Unreadable(failure);
        }
    }

    private FFmpegDecode Decode(
        string path,
        int[] indices,
        FrameRequest request,
        IFrameStore frames,
        bool stopEarly,
        CancellationToken cancellation)
    {
        var pass = new FFmpegDecode(indices, request, frames, stopEarly);
        var processorSeconds = (long)Math.Ceiling(options.Timeout.TotalSeconds) * (options.Threads > 0
            ? options.Threads
            : Environment.ProcessorCount);
        var exitCode = Run(
            programs.Decoder,
            pass.Arguments(path, options.Threads, processorSeconds),
            pass.ReadOutput,
            pass.Log.Read,
            cancellation);
        if (pass.Log.SizeChanged)
        {
            throw VideoFaults.SizeChanges();
        }

        if (pass.Log.Seconds.Count > 0)
        {
            return pass;
        }

        throw exitCode != 0 && pass.Log.Version is { } version && version < FFmpegLog.OldestVersion
            ? FFmpegPrograms.TooOld(version)
            : VideoFaults.WithoutFrames(path, pass.Log.Complaints);
    }

    private FFmpegProbe ProbeFrames(string path, CancellationToken cancellation)
    {
        var log = new FFmpegLog();
        using var answer = new MemoryStream();
        var exitCode = Run(programs.Prober, FFmpegProbe.Arguments(path), output => output.CopyTo(answer), log.Read, cancellation);
        return exitCode == 0 ? FFmpegProbe.Parse(answer.ToArray()) : throw VideoFaults.WithoutFrames(path, log.Complaints);
    }

    private int Run(
        string program,
        IEnumerable<string> arguments,
        Action<Stream> readOutput,
        Action<string> readComplaint,
        CancellationToken cancellation)
    {
        try
        {
            return ChildProcess.Run(program, arguments, options.Timeout, readOutput, readComplaint, cancellation);
        }
        catch (TimeoutException)
        {
            throw VideoFaults.TimedOut(options.Timeout);
        }
        catch (Win32Exception failure)
        {
            throw FFmpegPrograms.NotStarted(program, failure);
        }
    }
}
