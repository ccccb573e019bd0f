using System.ComponentModel;
using FFMpegCore;

namespace PerceptionEncoder.Media.Video;

/// <summary>Where <c>ffmpeg</c> and <c>ffprobe</c> are, and the one line that says how to get them.</summary>
internal sealed class FFmpegPrograms
{
    private const string Install = "install it with: apt-get install -y ffmpeg (or run scripts/prerequisites.sh)";

    /// <exception cref="UserErrorException">One of them is missing.</exception>
    public FFmpegPrograms(string folder)
    {
        var options = new FFOptions { BinaryFolder = folder };
        Decoder = Find(GlobalFFOptions.GetFFMpegBinaryPath(options), folder);
        Prober = Find(GlobalFFOptions.GetFFProbeBinaryPath(options), folder);
    }

    public string Decoder { get; }

    public string Prober { get; }

    public static UserErrorException TooOld(Version version)
        => new($"ffmpeg {version} is too old, {FFmpegLog.OldestVersion} or later is needed: {Install}.");

    public static UserErrorException NotStarted(string program, Win32Exception failure)
        => new($"{program} could not be started ({failure.Message}): {Install}.", failure);

    // FFMpegCore gives the bare name for what its folder does not hold.
    private static string Find(string program, string folder)
    {
        if (Path.IsPathRooted(program) || File.Exists(program))
        {
            return Path.GetFullPath(program);
        }

        var folders = folder.Length > 0
            ? []
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(place => Path.Combine(place, program)).FirstOrDefault(File.Exists)
            ?? throw new UserErrorException(
                $"{program}, which reads video, is not {(folder.Length > 0 ? $"in {folder}" : "on the PATH")}: {Install}.");
    }
}
