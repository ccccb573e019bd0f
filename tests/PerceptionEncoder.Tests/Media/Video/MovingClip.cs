using System.Diagnostics;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>Clips of a texture that moves as a test says, made without loss, and by ffmpeg's encoders.</summary>
internal static class MovingClip
{
    public const int Width = 160;
    public const int Height = 96;
    private const int Cell = 8;
    private const int FramesPerSecond = 24;

    /// <summary>Frames of random patches, moved by whole pixels a frame.</summary>
    /// <param name="frames">How many.</param>
    /// <param name="upper">Pixels to the right a frame, of the upper half.</param>
    /// <param name="lower">Of the lower half.</param>
    /// <param name="seed">Of the texture.</param>
    public static DecodedImage[] Frames(int frames, int upper, int lower, ulong seed = 1)
        => [.. Enumerable.Range(0, frames).Select(
            frame => Frame((y, x) => Texture(y, x - (frame * (y < Height / 2 ? upper : lower)), seed)))];

    /// <summary>A picture of one grey.</summary>
    public static DecodedImage Flat(byte grey) => Frame((_, _) => grey);

    /// <summary>The same frames as a file of another codec.</summary>
    public static byte[] Encode(IReadOnlyList<DecodedImage> frames, string name, params string[] codec)
    {
        var folder = Directory.CreateTempSubdirectory("moving-");
        try
        {
            var (source, target) = (Path.Combine(folder.FullName, "source.mov"), Path.Combine(folder.FullName, name));
            File.WriteAllBytes(source, QuickTimeFile.Encode(frames, FramesPerSecond));
            using var process = Process.Start(
                new ProcessStartInfo("ffmpeg", ["-nostdin", "-y", "-loglevel", "error", "-i", source, "-an", .. codec, target])
                {
                    RedirectStandardError = true,
                })!;
            var complaints = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, complaints);
            return File.ReadAllBytes(target);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte Texture(int y, int x, ulong seed)
        => (byte)(40 + (SampleRandom.Mix(seed, (ulong)(y / Cell), (ulong)((x + 10_000) / Cell)) % 176));

    private static DecodedImage Frame(Func<int, int, byte> grey)
    {
        var pixels = new byte[3 * Width * Height];
        for (var place = 0; place < Width * Height; place++)
        {
            pixels.AsSpan(3 * place, 3).Fill(grey(place / Width, place % Width));
        }

        return new DecodedImage(Width, Height, 3, pixels, Indexed: false);
    }
}
