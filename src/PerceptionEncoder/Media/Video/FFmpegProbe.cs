using System.Globalization;
using System.Text.Json;
using FFMpegCore;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// What ffprobe tells of a clip: the stream's description and the time stamp of every frame, read off the packets without decoding.
/// </summary>
/// <param name="Info">The stream.</param>
/// <param name="Seconds">[frames], in display order; NaN where the container has none.</param>
internal sealed record FFmpegProbe(VideoInfo Info, IReadOnlyList<double> Seconds)
{
    private const string Entries = "stream=codec_name,pix_fmt,width,height,sample_aspect_ratio,avg_frame_rate,duration:"
        + "stream_side_data=rotation:format=duration:packet=pts_time,flags";

    public static IEnumerable<string> Arguments(string path)
        => [
            "-loglevel", "level+error", .. VideoContainers.Arguments, "-select_streams", "V:0", "-show_entries", Entries, "-print_format",
            "json", "-i", $"file:{path}",
        ];

    /// <summary>Reads ffprobe's answer.</summary>
    /// <exception cref="VideoException">No video stream.</exception>
    public static FFmpegProbe Parse(byte[] json)
    {
        var stream = JsonSerializer.Deserialize<FFProbeAnalysis>(json)?.Streams is [var first, ..]
            ? first
            : throw VideoFaults.NoVideoStream();
        var packets = JsonSerializer.Deserialize<FFProbePackets>(json)?.Packets ?? [];
        // 'D' marks packets that an edit list cuts away: decoded for the sake of others, never shown.
        double[] seconds = [.. packets.Where(packet => packet.Flags?.Contains('D', StringComparison.Ordinal) != true)
            .Select(packet => Number(packet.PtsTime) ?? double.NaN).Order()];
        return new FFmpegProbe(Describe(stream, Duration(json) ?? Number(stream.Duration) ?? 0, seconds.Length), seconds);
    }

    private static VideoInfo Describe(FFProbeStream stream, double duration, int frames)
    {
        var (width, height) = (stream.Width ?? 0, stream.Height ?? 0);
        var aspect = Ratio(stream.SampleAspectRatio, ':') is > 0 and var stated ? stated : 1;
        var rotation = stream.SideData?.Select(data => data.TryGetValue("rotation", out var angle) ? (int)angle.GetValue<double>() : 0)
            .FirstOrDefault(angle => angle != 0)
            ?? 0;
        var onSide = Math.Abs(rotation % 180) == 90;
        // As the decoder's filters do: turned first, then the columns stretched.
        var (columns, rows, stretch) = onSide ? (height, width, 1 / aspect) : (width, height, aspect);
        return new VideoInfo(
            Math.Max(1, (int)Math.Round(columns * stretch, MidpointRounding.AwayFromZero)),
            rows,
            width,
            height,
            rotation,
            aspect,
            TimeSpan.FromSeconds(duration),
            frames,
            Ratio(stream.AvgFrameRate, '/'),
            stream.CodecName ?? "",
            stream.PixelFormat ?? "");
    }

    // FFMpegCore's class for the whole file reads a duration as a clock time.
    private static double? Duration(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("format", out var format) && format.TryGetProperty("duration", out var seconds)
            ? Number(seconds.GetString())
            : null;
    }

    private static double? Number(string? text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double Ratio(string? text, char separator)
    {
        var parts = (text ?? "").Split(separator);
        return parts.Length == 2 && Number(parts[0]) is { } above && Number(parts[1]) is > 0 and var below ? above / below : 0;
    }
}
