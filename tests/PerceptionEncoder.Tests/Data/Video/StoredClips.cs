using System.Text;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Data.Video;

/// <summary>
/// Samples whose clips are stored as frames, so that no decoder of video is needed: frame i is a picture of grey 20 i with a white left
/// half.
/// </summary>
internal static class StoredClips
{
    public const int Width = 12;
    public const int Height = 8;

    public static Sample Sample(string key, int frames, params (string Extension, string Text)[] texts)
    {
        var members = new Dictionary<string, ReadOnlyMemory<byte>>();
        for (var i = 0; i < frames; i++)
        {
            members[FrameMembers.Extension(i, "png")] = PngEncoder.Encode(Picture(i));
        }

        foreach (var (extension, text) in texts)
        {
            members[extension] = Encoding.UTF8.GetBytes(text);
        }

        return new Sample(key, "shard.tar", members);
    }

    public static DecodedImage Picture(int frame)
        => new(
            Width,
            Height,
            3,
            [.. Enumerable.Range(0, Width * Height * 3).Select(i => i / 3 % Width < Width / 2 ? byte.MaxValue : (byte)(20 * frame))],
            Indexed: false);

    public static ClipDecoder Decoder(int frames) => new(new NoReader(), frames);

    /// <summary>Shows that nothing is decoded again.</summary>
    private sealed class NoReader : IVideoReader
    {
        public VideoInfo Probe(string path, CancellationToken cancellation) => throw new InvalidOperationException("asked to probe");

        public DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation)
            => throw new InvalidOperationException("asked to read");

        public DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation)
            => throw new InvalidOperationException("asked to read");
    }
}
