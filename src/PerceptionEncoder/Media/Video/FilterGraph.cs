using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Media.Video;

/// <summary>A graph of FFmpeg's filters that reads a file. It gives every decoded frame as it is, and the chosen ones as RGB.</summary>
internal sealed unsafe class FilterGraph : IDisposable
{
    private const int SearchChildren = 1;
    private readonly LibAv library;
    private nint graph;
    private LibAv.Frame* frame;
    private readonly nint decoded;
    private readonly nint chosen;

    private FilterGraph(LibAv library, string path, ContainerPromise promise, string selection, string? scale, int threads)
    {
        this.library = library;
        graph = library.AllocateGraph();
        frame = library.AllocateFrame();
        try
        {
            if (threads > 0)
            {
                Set(graph, "threads", threads.ToString(CultureInfo.InvariantCulture));
            }

            Set(graph, "scale_sws_opts", "flags=bicubic");
            // Told the demuxer, it does not look for one, and none of the containers' demuxers opens other files. The option for demuxers
            // is of FFmpeg 5.
            var movie = Add(
                "movie",
                null,
                ("filename", $"file:{path}"),
                ("format_name", promise.Demuxer),
                ("format_opts?", $"protocol_whitelist={VideoContainers.Protocol}"));
            var split = Add("split", null);
            decoded = Add("buffersink", null);
            var select = Add("select", null, ("expr", selection));
            chosen = Add("buffersink", null);
            nint[] aspect = promise.PixelAspect is var (width, height)
                ? [Add("setsar", string.Create(CultureInfo.InvariantCulture, $"{width}/{height}"))]
                : [];
            nint[] resize = scale is null ? [] : [Add("scale", scale)];
            nint[] chain = [select, .. aspect, .. resize, Add("format", "rgb24"), chosen];
            Link(movie, 0, split);
            Link(split, 0, decoded);
            Link(split, 1, select);
            foreach (var (from, to) in chain.Zip(chain.Skip(1)))
            {
                Link(from, 0, to);
            }

            Check(library.Configure(graph, 0));
            Stored = (library.SinkWidth(decoded), library.SinkHeight(decoded));
            Shown = (library.SinkWidth(chosen), library.SinkHeight(chosen));
            SecondsPerTick = library.TimeBase(decoded) is { Below: > 0 } time ? (double)time.Above / time.Below : double.NaN;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Size of the decoded frames, known before the first one is.</summary>
    public (int Width, int Height) Stored { get; }

    /// <summary>Size of the chosen ones.</summary>
    public (int Width, int Height) Shown { get; }

    /// <summary>Of the decoded frames' time stamps.</summary>
    public double SecondsPerTick { get; }

    /// <summary>Null where the file cannot be opened or has no video.</summary>
    public static FilterGraph? Open(LibAv library, string path, ContainerPromise promise, string selection, string? scale, int threads)
    {
        try
        {
            return new FilterGraph(library, path, promise, selection, scale, threads);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The frame that came last; its pixels are valid until the next one comes.</summary>
    public LibAv.Frame* Frame => frame;

    /// <summary>Whether the frame is to be displayed turned or mirrored, which this graph does not do.</summary>
    public bool IsTurned => library.FrameSideData(frame, LibAv.FrameMatrix) != 0;

    /// <summary>Decodes the next frame; false at the end of the clip, or where the decoder gives up.</summary>
    public bool NextDecoded() => Next(decoded, 0);

    /// <summary>The next chosen frame, packed RGB.</summary>
    /// <param name="atEnd">Of all that are left, instead of those that have come through the filters so far.</param>
    public bool NextChosen(bool atEnd) => Next(chosen, atEnd ? 0 : LibAv.WithoutRequest);

    /// <inheritdoc/>
    public void Dispose()
    {
        fixed (LibAv.Frame** pointer = &frame)
        {
            library.FreeFrame(pointer);
        }

        fixed (nint* pointer = &graph)
        {
            library.FreeGraph(pointer);
        }
    }

    private bool Next(nint sink, int flags)
    {
        library.ReleaseFrame(frame);
        return library.GetFrame(sink, frame, flags) >= 0;
    }

    private nint Add(string name, string? arguments, params (string Name, string Value)[] options)
    {
        nint filter;
        fixed (byte* text = Text(name))
        {
            filter = library.AllocateFilter(graph, library.FindFilter(text), null);
        }

        if (filter == 0)
        {
            throw new InvalidDataException($"this FFmpeg has no filter {name}");
        }

        foreach (var (option, value) in options)
        {
            Set(filter, option.TrimEnd('?'), value, required: !option.EndsWith('?'));
        }

        fixed (byte* text = arguments is null ? null : Text(arguments))
        {
            Check(library.InitializeFilter(filter, text));
        }

        return filter;
    }

    private void Set(nint target, string name, string value, bool required = true)
    {
        fixed (byte* nameText = Text(name), valueText = Text(value))
        {
            var code = library.SetOption(target, nameText, valueText, SearchChildren);
            Check(required ? code : 0);
        }
    }

    private void Link(nint from, uint pad, nint to) => Check(library.Link(from, pad, to, 0));

    private static void Check(int code)
    {
        if (code < 0)
        {
            throw new InvalidDataException($"FFmpeg's libraries refuse the clip with code {code}");
        }
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + "\0");
}
