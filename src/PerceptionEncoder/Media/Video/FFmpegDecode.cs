using System.Globalization;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// One ffmpeg process that decodes a clip and hands over chosen frames. A select filter drops the others before they are converted to RGB,
/// which costs more than decoding them; showinfo, before it, tells of every frame that decoded, so that promises of the container can be
/// checked.
/// </summary>
internal sealed class FFmpegDecode
{
    // The system passes at most 128 KiB in one argument, of which a run takes up to 40 bytes.
    private const int MostRuns = 3000;
    private readonly int[] wanted;
    private readonly FrameRequest request;
    private readonly IFrameStore frames;
    private readonly bool stopEarly;

    /// <param name="indices">Frames in display order, never falling, repeated where asked for twice.</param>
    /// <param name="request">Size and proportions.</param>
    /// <param name="frames">Takes the frames.</param>
    /// <param name="stopEarly">End with the last frame wanted instead of with the clip.</param>
    public FFmpegDecode(int[] indices, FrameRequest request, IFrameStore frames, bool stopEarly)
    {
        Indices = indices;
        wanted = [.. indices.Distinct()];
        this.request = request;
        this.frames = frames;
        this.stopEarly = stopEarly;
    }

    public int[] Indices { get; }

    public FFmpegLog Log { get; } = new();

    public int Width { get; private set; }

    public int Height { get; private set; }

    /// <summary>Whether every frame asked for has come.</summary>
    public bool Complete { get; private set; }

    /// <param name="path">A file.</param>
    /// <param name="threads">Of the decoder; 0 lets it choose.</param>
    /// <param name="processorSeconds">
    /// The decoder ends itself after so much work: the last resort where this process was killed and cannot kill it.
    /// </param>
    public IEnumerable<string> Arguments(string path, int threads, long processorSeconds)
    {
        string[] limit = stopEarly ? ["-frames:v", Number(wanted.Length)] : [];
        return
        [
            "-nostdin", "-nostats", "-loglevel", "level+info", "-timelimit", Number(processorSeconds),
            "-threads", Number(threads), "-filter_threads", "1", "-max_pixels", Number(request.MostPixelsPerFrame(Indices.Length)),
            .. VideoContainers.Arguments, "-i", $"file:{path}",
            "-map", "0:V:0", "-vf", Filters(), "-vsync", "passthrough", .. limit, "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
        ];
    }

    /// <summary>Reads the frames as they come.</summary>
    public void ReadOutput(Stream output)
    {
        using var pictures = new PortablePixmaps(output);
        for (var frame = 0; pictures.ReadHead() is var (width, height) && !Log.SizeChanged; frame++)
        {
            if (frame == 0)
            {
                (Width, Height) = (width, height);
                request.RequireAll(Indices.Length, width, height);
                frames.Prepare(wanted.Length, width, height);
            }

            if (frame >= wanted.Length || (width, height) != (Width, Height))
            {
                throw VideoFaults.SizeChanges();
            }

            if (!pictures.ReadPixels(frames[frame]))
            {
                return;
            }

            Complete = frame == wanted.Length - 1;
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Options of the scale filter; null where the frames keep their size.</summary>
    internal static string? Scale(FrameRequest request)
        => request.Size is { } size ? $"{Number(size.Width)}:{Number(size.Height)}:flags=bicubic"
            : request.SquarePixels ? "w='max(1,round(iw*sar))':h=ih:flags=bicubic"
            : null;

    /// <summary>An expression that is true of these frames; runs of neighbours as ranges, so that "every frame" stays short.</summary>
    /// <param name="wanted">Rising.</param>
    /// <exception cref="VideoException">There are too many runs.</exception>
    internal static string Selection(IReadOnlyList<int> wanted)
    {
        List<(int First, int Last)> runs = [];
        foreach (var index in wanted)
        {
            if (runs.Count > 0 && runs[^1].Last == index - 1)
            {
                runs[^1] = (runs[^1].First, index);
            }
            else
            {
                runs.Add((index, index));
            }
        }

        return runs.Count <= MostRuns ? Among(runs, 0, runs.Count) : throw VideoFaults.TooScattered(wanted.Count);
    }

    private string Filters()
    {
        string[] scale = Scale(request) is { } options ? [$"scale={options}"] : [];
        return string.Join(',', ["showinfo=checksum=0", $"select='{Selection(wanted)}'", .. scale, "format=rgb24"]);
    }

    // A search tree: ffmpeg refuses long sums for their depth, and would evaluate every term for every frame.
    private static string Among(List<(int First, int Last)> runs, int from, int to)
    {
        var middle = (from + to) / 2;
        return to - from > 1 ? $"if(lt(n,{Number(runs[middle].First)}),{Among(runs, from, middle)},{Among(runs, middle, to)})"
            : runs[from].First == runs[from].Last ? $"eq(n,{Number(runs[from].First)})"
            : $"between(n,{Number(runs[from].First)},{Number(runs[from].Last)})";
    }
}
