using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>Where a decoder puts frames: the memory of this process, or memory shared with the one that asked for them.</summary>
internal interface IFrameStore
{
    /// <summary>Makes room for so many frames of this size; those before are gone.</summary>
    void Prepare(int frames, int width, int height);

    /// <summary>[height, width, 3] of one frame, RGB, to be written.</summary>
    Span<byte> this[int frame] { get; }

    /// <summary>The frames written, as pictures; none where another process has them.</summary>
    /// <param name="indices">Never falling. A frame asked for several times is stored once, and is one picture several times.</param>
    IReadOnlyList<DecodedImage> Pictures(IReadOnlyList<int> indices);
}
