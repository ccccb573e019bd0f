namespace PerceptionEncoder.Media.Video;

/// <summary>How clips are decoded.</summary>
public sealed record VideoReaderOptions
{
    /// <summary>Folder of <c>ffmpeg</c> and <c>ffprobe</c>; empty for the PATH.</summary>
    public string BinaryFolder { get; init; } = "";

    /// <summary>After this long a decoder is killed and its clip refused. A minute decodes a quarter of an hour of small video on one core.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Threads of one decoder; 0 lets it choose. 1, because loaders read several clips at a time.</summary>
    public int Threads { get; init; } = 1;
}
