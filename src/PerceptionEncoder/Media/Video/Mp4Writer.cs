using System.ComponentModel;
using FFMpegCore;
using FFMpegCore.Exceptions;
using FFMpegCore.Pipes;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>Writes pictures as an H.264 clip that browsers and players show.</summary>
internal static class Mp4Writer
{
    // H.264 as players know it halves the colours' planes, so sides are made even by a row or column of black.
    private const string Encoding = "-c:v libx264 -pix_fmt yuv420p -vf pad=ceil(iw/2)*2:ceil(ih/2)*2 -f mp4";

    /// <summary>Encodes the pictures as they are made.</summary>
    /// <param name="path">Is replaced.</param>
    /// <param name="frames">RGB, of one size, at least one.</param>
    /// <param name="framesPerSecond">At which it is shown.</param>
    /// <exception cref="UserErrorException">ffmpeg is missing or refuses.</exception>
    public static void Write(string path, IEnumerable<DecodedImage> frames, double framesPerSecond)
    {
        var programs = new FFmpegPrograms("");
        try
        {
            FFMpegArguments
                .FromPipeInput(new RawVideoPipeSource(frames.Select(frame => new Frame(frame))) { FrameRate = framesPerSecond })
                .OutputToFile(path, overwrite: true, output => output.WithCustomArgument(Encoding))
                .ProcessSynchronously(throwOnError: true, new FFOptions { BinaryFolder = Path.GetDirectoryName(programs.Decoder)! });
        }
        catch (FFMpegException failure)
        {
            var said = failure.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            throw new UserErrorException(
                $"{path}: ffmpeg cannot write it ({(said.Length > 0 ? said[^1] : "it failed")}). "
                + "It needs the encoder libx264, and space on the disk.",
                failure);
        }
        catch (Win32Exception failure)
        {
            throw FFmpegPrograms.NotStarted(programs.Decoder, failure);
        }
    }

    private sealed class Frame(DecodedImage picture) : IVideoFrame
    {
        public int Width => picture.Width;

        public int Height => picture.Height;

        public string PixelFormat => "rgb24";

        public void Serialize(Stream pipe) => pipe.Write(picture.Pixels);

        public Task SerializeAsync(Stream pipe, CancellationToken token) => pipe.WriteAsync(picture.Pixels, token).AsTask();
    }
}
