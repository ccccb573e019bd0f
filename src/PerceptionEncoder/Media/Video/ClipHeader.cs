using System.Text;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// What a clip's container says of its picture, read off the bytes in microseconds: no decoder and no process. What a decoder makes of the
/// file may be less; <see cref="IVideoReader.Probe"/> counts its frames.
/// </summary>
/// <param name="Container">By FFmpeg's name of its demuxer: <c>mov</c>, <c>matroska</c>, <c>avi</c>.</param>
/// <param name="Codec">By FFmpeg's name, such as <c>h264</c>; the file's own four letters where that is not known here.</param>
/// <param name="Width">Pixels as displayed: turned and with square pixels.</param>
/// <param name="Height">Pixels as displayed.</param>
/// <param name="Seconds">0 where the file does not say.</param>
/// <param name="Frames">0 where the file does not say.</param>
internal sealed record ClipHeader(string Container, string Codec, int Width, int Height, double Seconds, int Frames)
{
    private const double ShortestSeconds = 1e-3;
    private const double LongestSeconds = 1e8;

    /// <summary>Codecs by the names that containers have for them.</summary>
    private static readonly Dictionary<string, string> Codecs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["avc1"] = "h264", ["avc3"] = "h264", ["h264"] = "h264", ["x264"] = "h264", ["V_MPEG4/ISO/AVC"] = "h264",
        ["hvc1"] = "hevc", ["hev1"] = "hevc", ["hevc"] = "hevc", ["V_MPEGH/ISO/HEVC"] = "hevc",
        ["vp08"] = "vp8", ["vp80"] = "vp8", ["V_VP8"] = "vp8", ["vp09"] = "vp9", ["vp90"] = "vp9", ["V_VP9"] = "vp9",
        ["av01"] = "av1", ["V_AV1"] = "av1",
        ["mp4v"] = "mpeg4", ["fmp4"] = "mpeg4", ["xvid"] = "mpeg4", ["divx"] = "mpeg4", ["dx50"] = "mpeg4",
        ["V_MPEG4/ISO/SP"] = "mpeg4", ["V_MPEG4/ISO/ASP"] = "mpeg4", ["V_MPEG4/ISO/AP"] = "mpeg4",
        ["mjpg"] = "mjpeg", ["mjpa"] = "mjpeg", ["jpeg"] = "mjpeg", ["V_MJPEG"] = "mjpeg",
        ["ffv1"] = "ffv1", ["V_FFV1"] = "ffv1", ["png"] = "png", ["s263"] = "h263", ["h263"] = "h263",
        ["apcn"] = "prores", ["apch"] = "prores", ["apcs"] = "prores", ["apco"] = "prores", ["ap4h"] = "prores", ["ap4x"] = "prores",
        ["V_PRORES"] = "prores", ["V_THEORA"] = "theora", ["V_MPEG1"] = "mpeg1video", ["V_MPEG2"] = "mpeg2video",
    };

    /// <summary>Whether the file ends before its container says.</summary>
    public bool IsCut { get; init; }

    /// <summary>Mean frames a second; 0 where the file does not say.</summary>
    public double FrameRate => Seconds > 0 ? Frames / Seconds : 0;

    /// <summary>Null for a file of another format, or whose header does not say enough: a fragmented or damaged one.</summary>
    /// <param name="file">All of it, or as much as there is.</param>
    public static ClipHeader? Read(ReadOnlySpan<byte> file)
    {
        var header = MatroskaHeader.Is(file) ? MatroskaHeader.Read(file)
            : AviHeader.Is(file) ? AviHeader.Read(file)
            : Mp4Header.Read(file);
        return header is not { Width: > 0, Height: > 0 } ? null
            : header.Seconds is >= ShortestSeconds and <= LongestSeconds ? header : header with { Seconds = 0 };
    }

    /// <summary>A codec by FFmpeg's name.</summary>
    /// <param name="name">As the container has it: four letters, or Matroska's identifier.</param>
    public static string CodecOf(ReadOnlySpan<byte> name)
    {
        var text = Encoding.Latin1.GetString(name).Trim('\0', ' ');
        return Codecs.GetValueOrDefault(text) ?? VisibleText.Line(text.ToLowerInvariant());
    }

    /// <summary>Columns as displayed, where pixels are not square.</summary>
    public static int Stretched(int columns, double aspect)
        => (int)Math.Clamp(Math.Round(columns * aspect, MidpointRounding.AwayFromZero), 1, int.MaxValue);
}
