namespace PerceptionEncoder.Media.Video;

/// <summary>
/// The file formats that are read: those that hold their pictures themselves. FFmpeg knows many more, and tells them by content: playlists,
/// manifests, scripts, session descriptions and picture sequences among them, which send it to other files and hosts. A clip from a
/// stranger must not be one of these, whatever its name or first bytes.
/// </summary>
internal static class VideoContainers
{
    /// <summary>The demuxer of MP4 and QuickTime; its references to other files stay unread, as is its default.</summary>
    public const string QuickTime = "mov";

    /// <summary>
    /// Names of FFmpeg's demuxers, as its option <c>format_whitelist</c> takes them. The last three are of sound, so that a song is told
    /// from a damaged clip.
    /// </summary>
    public const string Demuxers = $"{QuickTime},matroska,avi,mpegts,mpeg,flv,ogg,asf,gif,mxf,nut,ivf,yuv4mpegpipe,mp3,flac,wav";

    /// <summary>The only way to bytes.</summary>
    public const string Protocol = "file";

    /// <summary>What FFmpeg's programs are told of it, before the name of a file.</summary>
    public static IReadOnlyList<string> Arguments { get; } = ["-format_whitelist", Demuxers, "-protocol_whitelist", Protocol];
}
