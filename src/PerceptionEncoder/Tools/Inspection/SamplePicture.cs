using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>A small picture of a sample, for a page.</summary>
internal static class SamplePicture
{
    /// <summary>A JPEG of its image, or of what its clip shows in the middle; null where there is none or it cannot be decoded.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="clips">Decodes clips; null where there is no ffmpeg.</param>
    /// <param name="cancellation">Stops.</param>
    public static byte[]? Of(Sample sample, IVideoReader? clips, CancellationToken cancellation)
    {
        try
        {
            if (FrameMembers.Of(sample) is { Count: > 0 } frames)
            {
                return Decoded(frames[frames.Count / 2]);
            }

            if (Member(sample, MediaFiles.IsVideo) is { } clip)
            {
                return clips is null ? null : Thumbnail.Jpeg(clips.Read(clip.Span, FrameRequest.Uniform(1), cancellation).Frame(0));
            }

            return Member(sample, MediaFiles.IsImage) is { } image ? Decoded(image) : null;
        }
        catch (Exception bad) when (bad is ImageException or VideoException)
        {
            return null;
        }
    }

    /// <summary>The first member whose name says that it is of a kind.</summary>
    public static ReadOnlyMemory<byte>? Member(Sample sample, Func<string, bool> isOfKind)
    {
        foreach (var (extension, bytes) in sample.Members)
        {
            if (isOfKind($".{extension}"))
            {
                return bytes;
            }
        }

        return null;
    }

    private static byte[] Decoded(ReadOnlyMemory<byte> file)
        => Thumbnail.Jpeg(TransientImage.Decode(ImageDecoders.Default, file.Span, IImageDecoder.DefaultMaximumPixels));
}
