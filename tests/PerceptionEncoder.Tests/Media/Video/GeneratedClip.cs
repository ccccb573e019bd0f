using System.Diagnostics;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tests.Media.Video;

/// <summary>
/// Clips made by ffmpeg's own sources, in which the grey level of a frame is its number: without loss, so that each pixel tells where it is
/// from.
/// </summary>
public sealed class GeneratedClip : IDisposable
{
    public const int Width = 64;
    public const int Height = 48;

    // Luma 16 to 235 is black to white: steps of 7 stay apart, and 31 frames fit.
    private const int LumaStep = 7;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("clip-");

    /// <param name="name">File name; its end chooses the container.</param>
    /// <param name="frames">Beyond 31, greys are ambiguous.</param>
    /// <param name="filters">Further filters, each behind a comma.</param>
    /// <param name="encoder">Options of the encoder; lossless.</param>
    public GeneratedClip(string name, int frames, string filters = "", string encoder = "-c:v ffv1")
    {
        Path = System.IO.Path.Combine(folder.FullName, name);
        var picture = $"color=s={Width}x{Height}:r=25,format=yuv420p,geq=lum='16+{LumaStep}*N':cb=128:cr=128{filters}";
        Run(["-f", "lavfi", "-i", picture, "-frames:v", $"{frames}", "-vsync", "passthrough", .. encoder.Split(' '), Path]);
    }

    public string Path { get; }

    /// <summary>Lossless H.264 with B-frames, so that storage order is not display order.</summary>
    public static string H264 => "-c:v libx264 -qp 0 -bf 3 -pix_fmt yuv420p";

    /// <summary>What each frame's grey says its number is, read in the middle.</summary>
    public static int[] FrameNumbers(DecodedClip clip)
    {
        var middle = ((clip.Height / 2 * clip.Width) + (clip.Width / 2)) * 3;
        return [.. Enumerable.Range(0, clip.FrameCount)
            .Select(i => (int)Math.Round(clip.Frame(i).Pixels[middle] * 219 / 255.0 / LumaStep))];
    }

    public static void SkipWithoutFFmpeg()
        => Skip.If(Record.Exception(() => new FFmpegVideoReader()) is UserErrorException, "ffmpeg is not installed");

    /// <summary>A clip made of this one.</summary>
    public string Derive(string name, params string[] options)
    {
        var target = System.IO.Path.Combine(folder.FullName, name);
        Run([.. options, target]);
        return target;
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static void Run(IEnumerable<string> arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("ffmpeg", ["-nostdin", "-y", "-loglevel", "error", .. arguments]) { RedirectStandardError = true })!;
        var complaints = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, complaints);
    }
}
