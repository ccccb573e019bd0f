namespace PerceptionEncoder.Media.Video;

/// <summary>How clips are decoded.</summary>
public sealed record VideoReaderOptions
{
    /// <summary>Folder of <c>ffmpeg</c> and <c>ffprobe</c>; empty for the PATH.</summary>
    public string BinaryFolder { get; init; } = "";

    /// <summary>
    /// After this long a decoder is killed and its clip refused. A minute decodes a quarter of an hour of small video on one core.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Decode only in child processes. Off, ordinary clips asked for a number of frames are decoded by FFmpeg's libraries inside this
    /// process; whatever is odd about a clip still goes to a child process. Turn it on for files from strangers: a decoder that crashes
    /// then takes nothing with it.
    /// </summary>
    public bool Isolated { get; init; }

    /// <summary>
    /// The program that decodes isolated clips, many in one process: one whose argument <see cref="DecoderService.Argument"/> calls
    /// <see cref="DecoderService.Serve"/>. By default <c>pe</c>, where it lies beside the running program; null starts ffmpeg once or twice
    /// for each clip, half as fast.
    /// </summary>
    public string? Service { get; init; } = File.Exists(Path.Combine(AppContext.BaseDirectory, "pe"))
        ? Path.Combine(AppContext.BaseDirectory, "pe")
        : null;

    /// <summary>Threads of one decoder; 0 lets it choose. 1, because loaders read several clips at a time.</summary>
    public int Threads { get; init; } = 1;
}
