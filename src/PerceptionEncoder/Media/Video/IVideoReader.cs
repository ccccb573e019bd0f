namespace PerceptionEncoder.Media.Video;

/// <summary>Turns video files into RGB frames; the only place that knows the decoder. Safe to share between threads.</summary>
public interface IVideoReader
{
    /// <summary>What the container says, and how many frames it really holds, without decoding any.</summary>
    /// <exception cref="VideoException">No clip with a picture, with the reason.</exception>
    VideoInfo Probe(string path, CancellationToken cancellation);

    /// <summary>
    /// Decodes the frames asked for. A clip that ends before its index says is read again, so that the frames are spread over what decodes.
    /// </summary>
    /// <exception cref="VideoException">Not one of the frames can be had, with the reason.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left running.</exception>
    DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation);

    /// <summary>The same from the bytes of a file, such as a shard holds them.</summary>
    /// <exception cref="VideoException">Not one of the frames can be had, with the reason.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left running.</exception>
    DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation);
}
