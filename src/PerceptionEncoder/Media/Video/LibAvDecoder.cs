using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// The functions of libavcodec that decode packets one by one, for what a graph of filters hides: the vectors by which a frame is predicted
/// from others.
/// </summary>
internal sealed unsafe class LibAvDecoder
{
    public const int MotionVectors = 8;         // AV_FRAME_DATA_MOTION_VECTORS
    private const int Video = 0;                // AVMEDIA_TYPE_VIDEO
    private static readonly Lazy<LibAvDecoder?> Loaded = new(() => LibAv.Instance is { } library ? Load(library.Library) : null);

    private readonly int parametersAt;

    private LibAvDecoder(nint library, int parametersAt)
    {
        this.parametersAt = parametersAt;
        Find = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(library, "avcodec_find_decoder");
        Allocate = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(library, "avcodec_alloc_context3");
        SetParameters = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "avcodec_parameters_to_context");
        Open = (delegate* unmanaged<nint, nint, nint*, int>)NativeLibrary.GetExport(library, "avcodec_open2");
        Send = (delegate* unmanaged<nint, LibAv.Packet*, int>)NativeLibrary.GetExport(library, "avcodec_send_packet");
        Receive = (delegate* unmanaged<nint, LibAv.Frame*, int>)NativeLibrary.GetExport(library, "avcodec_receive_frame");
        Free = (delegate* unmanaged<nint*, void>)NativeLibrary.GetExport(library, "avcodec_free_context");
    }

    /// <summary>Null where the system has no version whose layout is known.</summary>
    public static LibAvDecoder? Instance => Loaded.Value;

    public delegate* unmanaged<int, nint> Find { get; }

    public delegate* unmanaged<nint, nint> Allocate { get; }

    public delegate* unmanaged<nint, nint, int> SetParameters { get; }

    public delegate* unmanaged<nint, nint, nint*, int> Open { get; }

    public delegate* unmanaged<nint, LibAv.Packet*, int> Send { get; }

    public delegate* unmanaged<nint, LibAv.Frame*, int> Receive { get; }

    public delegate* unmanaged<nint*, void> Free { get; }

    /// <summary>The codec of a stream (AVCodecID) and its parameters (AVCodecParameters); null where it is no video.</summary>
    public (int Codec, nint Parameters)? ParametersOf(nint stream)
    {
        var parameters = *(nint*)(stream + parametersAt);
        return parameters != 0 && *(int*)parameters == Video ? (((int*)parameters)[1], parameters) : null;
    }

    private static LibAvDecoder? Load(nint library)
    {
        var version = (delegate* unmanaged<uint>)NativeLibrary.GetExport(library, "avformat_version");

        // Where an AVStream has its codecpar: behind everything public up to FFmpeg 5, among the first fields from 6 on.
        return (version() >> 16) switch
        {
            59 => new LibAvDecoder(library, 208),
            >= 60 and <= 62 => new LibAvDecoder(library, 16),
            _ => null,
        };
    }

    /// <summary>The fields of an AVFrameSideData that are read.</summary>
    [StructLayout(LayoutKind.Explicit)]
    public struct SideData
    {
        [FieldOffset(8)]
        public byte* Data;

        /// <summary>Bytes: of a size_t, or of FFmpeg 4's int, the part that both have.</summary>
        [FieldOffset(16)]
        public int Size;
    }

    /// <summary>An AVMotionVector.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    public struct Vector
    {
        /// <summary>Negative where it points to a frame before this one.</summary>
        [FieldOffset(0)]
        public int Source;

        [FieldOffset(4)]
        public byte Width;

        [FieldOffset(5)]
        public byte Height;

        [FieldOffset(24)]
        public int X;

        [FieldOffset(28)]
        public int Y;

        /// <summary>By which X and Y are larger than pixels.</summary>
        [FieldOffset(32)]
        public ushort Scale;
    }
}
