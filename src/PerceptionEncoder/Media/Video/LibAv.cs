using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// The few functions of libavfilter, libavformat and libavutil that decode a clip by a filter graph and count its packets. Of FFmpeg's
/// objects only fields that have stood at the same place since FFmpeg 4.4 are read, so that one binding serves all versions that are
/// packaged.
/// </summary>
internal sealed unsafe class LibAv
{
    public const int WithoutRequest = 2;    // AV_BUFFERSINK_FLAG_NO_REQUEST
    public const int FrameMatrix = 6;       // AV_FRAME_DATA_DISPLAYMATRIX
    public const int StreamMatrix = 5;      // AV_PKT_DATA_DISPLAYMATRIX
    public const int Discarded = 4;         // AV_PKT_FLAG_DISCARD
    public const int ForReading = 1;        // AVIO_FLAG_READ
    private const int OnlyPanics = 0;       // AV_LOG_PANIC
    private static readonly string[] Libraries =
        ["libavfilter.so.11", "libavfilter.so.10", "libavfilter.so.9", "libavfilter.so.8", "libavfilter.so.7"];
    private static readonly Lazy<LibAv?> Loaded = new(Load);

    private LibAv(nint library)
    {
        Library = library;

        // Symbols of the other libraries are found through the one that depends on them, so that all are of one version.
        AllocateGraph = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "avfilter_graph_alloc");
        FreeGraph = (delegate* unmanaged<nint*, void>)NativeLibrary.GetExport(library, "avfilter_graph_free");
        FindFilter = (delegate* unmanaged<byte*, nint>)NativeLibrary.GetExport(library, "avfilter_get_by_name");
        AllocateFilter = (delegate* unmanaged<nint, nint, byte*, nint>)NativeLibrary.GetExport(library, "avfilter_graph_alloc_filter");
        SetOption = (delegate* unmanaged<nint, byte*, byte*, int, int>)NativeLibrary.GetExport(library, "av_opt_set");
        InitializeFilter = (delegate* unmanaged<nint, byte*, int>)NativeLibrary.GetExport(library, "avfilter_init_str");
        Link = (delegate* unmanaged<nint, uint, nint, uint, int>)NativeLibrary.GetExport(library, "avfilter_link");
        Configure = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "avfilter_graph_config");
        GetFrame = (delegate* unmanaged<nint, Frame*, int, int>)NativeLibrary.GetExport(library, "av_buffersink_get_frame_flags");
        SinkWidth = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "av_buffersink_get_w");
        SinkHeight = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "av_buffersink_get_h");
        TimeBase = (delegate* unmanaged<nint, Rational>)NativeLibrary.GetExport(library, "av_buffersink_get_time_base");
        AllocateFrame = (delegate* unmanaged<Frame*>)NativeLibrary.GetExport(library, "av_frame_alloc");
        ReleaseFrame = (delegate* unmanaged<Frame*, void>)NativeLibrary.GetExport(library, "av_frame_unref");
        FreeFrame = (delegate* unmanaged<Frame**, void>)NativeLibrary.GetExport(library, "av_frame_free");
        FrameSideData = (delegate* unmanaged<Frame*, int, nint>)NativeLibrary.GetExport(library, "av_frame_get_side_data");
        SetEntry = (delegate* unmanaged<nint*, byte*, byte*, int, int>)NativeLibrary.GetExport(library, "av_dict_set");
        FreeEntries = (delegate* unmanaged<nint*, void>)NativeLibrary.GetExport(library, "av_dict_free");
        OpenFile = (delegate* unmanaged<Format**, byte*, nint, nint*, int>)NativeLibrary.GetExport(library, "avformat_open_input");
        AllocateFormat = (delegate* unmanaged<Format*>)NativeLibrary.GetExport(library, "avformat_alloc_context");
        OpenBytes = (delegate* unmanaged<nint*, byte*, int, Interrupt*, nint*, int>)NativeLibrary.GetExport(library, "avio_open2");
        CloseBytes = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "avio_closep");
        CloseFile = (delegate* unmanaged<Format**, void>)NativeLibrary.GetExport(library, "avformat_close_input");
        MatchStream = (delegate* unmanaged<Format*, nint, byte*, int>)NativeLibrary.GetExport(library, "avformat_match_stream_specifier");
        GuessAspectRatio = (delegate* unmanaged<Format*, nint, nint, Rational>)NativeLibrary
            .GetExport(library, "av_guess_sample_aspect_ratio");
        ReadPacket = (delegate* unmanaged<Format*, Packet*, int>)NativeLibrary.GetExport(library, "av_read_frame");
        AllocatePacket = (delegate* unmanaged<Packet*>)NativeLibrary.GetExport(library, "av_packet_alloc");
        ReleasePacket = (delegate* unmanaged<Packet*, void>)NativeLibrary.GetExport(library, "av_packet_unref");
        FreePacket = (delegate* unmanaged<Packet**, void>)NativeLibrary.GetExport(library, "av_packet_free");
        if (NativeLibrary.TryGetExport(library, "av_stream_get_side_data", out var streamSideData))
        {
            StreamSideData = (delegate* unmanaged<nint, int, nint, nint>)streamSideData;
        }

        var setLogLevel = (delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "av_log_set_level");
        setLogLevel(OnlyPanics);
    }

    /// <summary>Null where the system has no version that is known.</summary>
    public static LibAv? Instance => Loaded.Value;

    /// <summary>In which, and in those it depends on, all symbols are found.</summary>
    public nint Library { get; }

    public delegate* unmanaged<nint> AllocateGraph { get; }

    public delegate* unmanaged<nint*, void> FreeGraph { get; }

    public delegate* unmanaged<byte*, nint> FindFilter { get; }

    public delegate* unmanaged<nint, nint, byte*, nint> AllocateFilter { get; }

    public delegate* unmanaged<nint, byte*, byte*, int, int> SetOption { get; }

    public delegate* unmanaged<nint, byte*, int> InitializeFilter { get; }

    public delegate* unmanaged<nint, uint, nint, uint, int> Link { get; }

    public delegate* unmanaged<nint, nint, int> Configure { get; }

    public delegate* unmanaged<nint, Frame*, int, int> GetFrame { get; }

    public delegate* unmanaged<nint, int> SinkWidth { get; }

    public delegate* unmanaged<nint, int> SinkHeight { get; }

    public delegate* unmanaged<nint, Rational> TimeBase { get; }

    public delegate* unmanaged<Frame*> AllocateFrame { get; }

    public delegate* unmanaged<Frame*, void> ReleaseFrame { get; }

    public delegate* unmanaged<Frame**, void> FreeFrame { get; }

    public delegate* unmanaged<Frame*, int, nint> FrameSideData { get; }

    public delegate* unmanaged<nint*, byte*, byte*, int, int> SetEntry { get; }

    public delegate* unmanaged<nint*, void> FreeEntries { get; }

    public delegate* unmanaged<Format**, byte*, nint, nint*, int> OpenFile { get; }

    public delegate* unmanaged<Format*> AllocateFormat { get; }

    public delegate* unmanaged<nint*, byte*, int, Interrupt*, nint*, int> OpenBytes { get; }

    public delegate* unmanaged<nint*, int> CloseBytes { get; }

    public delegate* unmanaged<Format**, void> CloseFile { get; }

    public delegate* unmanaged<Format*, nint, byte*, int> MatchStream { get; }

    public delegate* unmanaged<Format*, nint, nint, Rational> GuessAspectRatio { get; }

    public delegate* unmanaged<Format*, Packet*, int> ReadPacket { get; }

    public delegate* unmanaged<Packet*> AllocatePacket { get; }

    public delegate* unmanaged<Packet*, void> ReleasePacket { get; }

    public delegate* unmanaged<Packet**, void> FreePacket { get; }

    /// <summary>Null from FFmpeg 8 on, whose decoders hand all of a stream's side data to its frames.</summary>
    public delegate* unmanaged<nint, int, nint, nint> StreamSideData { get; }

    private static LibAv? Load()
    {
        foreach (var name in Libraries)
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return new LibAv(library);
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

    /// <summary>An AVIOInterruptCB.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Interrupt
    {
        public delegate* unmanaged[Cdecl]<nint, int> Ask;
        public nint About;
    }

    /// <summary>The fields of an AVFormatContext that are used.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct Format
    {
        /// <summary>Its demuxer, an AVInputFormat, whose first field is its names: a text with commas.</summary>
        [FieldOffset(8)]
        public byte** Demuxer;

        /// <summary>Where its bytes come from, an AVIOContext.</summary>
        [FieldOffset(32)]
        public nint Bytes;

        [FieldOffset(44)]
        public uint StreamCount;

        [FieldOffset(48)]
        public nint* Streams;
    }

    /// <summary>The fields of an AVPacket that are read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct Packet
    {
        [FieldOffset(32)]
        public int Size;

        [FieldOffset(36)]
        public int Stream;

        [FieldOffset(40)]
        public int Flags;
    }
}
