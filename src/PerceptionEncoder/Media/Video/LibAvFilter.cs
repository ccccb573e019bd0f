using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// The few functions of libavfilter and libavutil that decode a clip by a filter graph. Every object but the frame is opaque to us, and of the frame only fields
/// that have stood at the same place since FFmpeg 4.4 are read, so that one binding serves all versions that are packaged.
/// </summary>
internal sealed unsafe class LibAvFilter
{
    public const int WithoutRequest = 2;    // AV_BUFFERSINK_FLAG_NO_REQUEST
    private const int OnlyPanics = 0;       // AV_LOG_PANIC
    private static readonly string[] Libraries = ["libavfilter.so.11", "libavfilter.so.10", "libavfilter.so.9", "libavfilter.so.8", "libavfilter.so.7"];
    private static readonly Lazy<LibAvFilter?> Loaded = new(Load);

    private LibAvFilter(nint library)
    {
        // Symbols of libavutil are found through the library that depends on it, so that both are of one version.
        AllocateGraph = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "avfilter_graph_alloc");
        FreeGraph = (delegate* unmanaged<nint*, void>)NativeLibrary.GetExport(library, "avfilter_graph_free");
        FindFilter = (delegate* unmanaged<byte*, nint>)NativeLibrary.GetExport(library, "avfilter_get_by_name");
        AllocateFilter = (delegate* unmanaged<nint, nint, byte*, nint>)NativeLibrary.GetExport(library, "avfilter_graph_alloc_filter");
        SetOption = (delegate* unmanaged<nint, byte*, byte*, int, int>)NativeLibrary.GetExport(library, "av_opt_set");
        InitializeFilter = (delegate* unmanaged<nint, byte*, int>)NativeLibrary.GetExport(library, "avfilter_init_str");
        Link = (delegate* unmanaged<nint, uint, nint, uint, int>)NativeLibrary.GetExport(library, "avfilter_link");
        Configure = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "avfilter_graph_config");
        GetFrame = (delegate* unmanaged<nint, Frame*, int, int>)NativeLibrary.GetExport(library, "av_buffersink_get_frame_flags");
        TimeBase = (delegate* unmanaged<nint, Rational>)NativeLibrary.GetExport(library, "av_buffersink_get_time_base");
        AllocateFrame = (delegate* unmanaged<Frame*>)NativeLibrary.GetExport(library, "av_frame_alloc");
        ReleaseFrame = (delegate* unmanaged<Frame*, void>)NativeLibrary.GetExport(library, "av_frame_unref");
        FreeFrame = (delegate* unmanaged<Frame**, void>)NativeLibrary.GetExport(library, "av_frame_free");
        var setLogLevel = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "av_log_set_level");
        setLogLevel(OnlyPanics);
    }

    /// <summary>Null where the system has no version that is known.</summary>
    public static LibAvFilter? Instance => Loaded.Value;

    public delegate* unmanaged<nint> AllocateGraph { get; }

    public delegate* unmanaged<nint*, void> FreeGraph { get; }

    public delegate* unmanaged<byte*, nint> FindFilter { get; }

    public delegate* unmanaged<nint, nint, byte*, nint> AllocateFilter { get; }

    public delegate* unmanaged<nint, byte*, byte*, int, int> SetOption { get; }

    public delegate* unmanaged<nint, byte*, int> InitializeFilter { get; }

    public delegate* unmanaged<nint, uint, nint, uint, int> Link { get; }

    public delegate* unmanaged<nint, nint, int> Configure { get; }

    public delegate* unmanaged<nint, Frame*, int, int> GetFrame { get; }

    public delegate* unmanaged<nint, Rational> TimeBase { get; }

    public delegate* unmanaged<Frame*> AllocateFrame { get; }

    public delegate* unmanaged<Frame*, void> ReleaseFrame { get; }

    public delegate* unmanaged<Frame**, void> FreeFrame { get; }

    private static LibAvFilter? Load()
    {
        foreach (var name in Libraries)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new LibAvFilter(library);
            }
        }

        return null;
    }

    /// <summary>A fraction.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Rational
    {
        public int Above;
        public int Below;
    }

    /// <summary>The fields of an AVFrame that are read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct Frame
    {
        [FieldOffset(0)]
        public byte* Data;

        [FieldOffset(64)]
        public int LineSize;

        [FieldOffset(104)]
        public int Width;

        [FieldOffset(108)]
        public int Height;

        [FieldOffset(136)]
        public long Time;
    }
}
