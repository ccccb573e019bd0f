using System.Globalization;

namespace PerceptionEncoder.Media.Video;

/// <summary>The reasons for which a clip is refused: a short list, so that a run can count them.</summary>
internal static class VideoFaults
{
    /// <summary>What FFmpeg says of a format that it knows and may not read.</summary>
    public const string NotOnTheList = "not on whitelist";

    /// <summary>What FFmpeg says of a frame above its option <c>max_pixels</c>.</summary>
    public const string LargerThanAllowed = "exceeds specified max pixel count";

    private static readonly string[] NotFoundInFile =
        ["Invalid data found when processing input", "moov atom not found", "could not find codec parameters"];

    public static VideoException Unreadable(Exception failure)
        => new(failure is FileNotFoundException or DirectoryNotFoundException ? "missing file" : "unreadable file", failure.Message);

    public static VideoException Empty() => new("empty file", "0 bytes");

    public static VideoException NoVideoStream() => new("no video stream", "nothing but sound, subtitles or cover pictures");

    public static VideoException TimedOut(TimeSpan limit)
        => new("time-out", string.Create(CultureInfo.InvariantCulture, $"no result within {limit.TotalSeconds:0.###} s"));

    public static VideoException TooManyPixels(string detail) => new("too many pixels", detail);

    public static VideoException TooScattered(int frames)
        => new("too many frames", $"{frames} scattered frames at once; read the clip in time spans");

    public static VideoException SizeChanges() => new("unsupported clip", "the picture size changes within it");

    public static VideoException OutsideSpan(double start, double last)
        => new(
            "no frame in the time span",
            string.Create(CultureInfo.InvariantCulture, $"it starts at {start:0.###} s, the last frame at {last:0.###} s"));

    public static VideoException Damaged(string detail) => new("damaged clip", detail);

    /// <summary>The reason why a file gave no frame: from its first bytes and from what the decoder complained of last.</summary>
    public static VideoException WithoutFrames(string path, IReadOnlyCollection<string> complaints)
    {
        var detail = complaints.Count == 0 ? "no frame could be decoded" : string.Join("; ", complaints);
        if (complaints.Any(line => line.Contains("matches no streams", StringComparison.Ordinal)))
        {
            return NoVideoStream();
        }

        if (complaints.Any(line => line.Contains(NotOnTheList, StringComparison.Ordinal)))
        {
            return new VideoException(
                "not a video",
                "a playlist, script, picture or other format than mp4, mkv, webm, avi, mpeg, flv, ogg, wmv and their like; "
                + "other files that it names are not opened");
        }

        if (complaints.FirstOrDefault(line => line.Contains(LargerThanAllowed, StringComparison.Ordinal)) is { } excess)
        {
            return TooManyPixels(excess);
        }

        return !complaints.Any(line => NotFoundInFile.Any(phrase => line.Contains(phrase, StringComparison.OrdinalIgnoreCase)))
            ? Damaged(detail)
            : Mp4Index.BeginsLikeMp4(path) ? new VideoException("truncated clip", "its index, which stands at the end, is missing")
            : new VideoException("not a video", $"{new FileInfo(path).Length} bytes that begin like no known video format");
    }
}
