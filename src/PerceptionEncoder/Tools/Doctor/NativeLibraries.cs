using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Finds what <c>pe</c> uses that is not of .NET, and what it could use.</summary>
public static partial class NativeLibraries
{
    private const string Optional = "optional";
    private const string Unused = "optional, not used yet";

    /// <summary>Loads those that commands load, and asks each for its version.</summary>
    public static IReadOnlyList<NativeLibraryReport> Find() =>
    [
        LibTorch(), Cuda(), LibJpegTurbo(), FFmpeg(), LibAvFilter(), Jemalloc(),
        Report("MPI", Unused, FindFile("libmpi.so*"), VersionInName, "apt-get install -y openmpi-bin"),
        Report("NCCL", Unused, FindFile("libnccl.so*"), VersionInName, "apt-get install -y libnccl2 (from NVIDIA's repository)"),
    ];

    private static NativeLibraryReport LibTorch()
    {
        string? failure = null;
        try
        {
            TorchRuntime.Initialize();
        }
        catch (UserErrorException missing)
        {
            failure = missing.Message;
        }

        return new NativeLibraryReport(
            "libtorch",
            "needed to compute",
            failure is null ? Version.Parse(__version__).ToString(3) : null,            // the one that TorchSharp is built for
            failure is null ? Loaded("torch_cpu") : null,
            failure);
    }

    private static NativeLibraryReport Cuda()
    {
        var path = Loaded("torch_cuda") ?? FindFile("libtorch_cuda.so");
        var runtime = Loaded("libcudart") ?? FindFile("libcudart*.so*");
        return new NativeLibraryReport(
            "CUDA of libtorch",
            "optional, for NVIDIA GPUs",
            path is null || runtime is null ? null : VersionInName(runtime),
            path,
            path is null ? "dotnet build -c Release -p:TorchBackend=cuda" : null);
    }

    private static NativeLibraryReport LibJpegTurbo() => Report(
        "libjpeg-turbo",
        "needed for published pixels",
        TurboJpeg.Instance is null ? null : Loaded("turbojpeg"),
        path => TextIn(path, JpegTurboVersion()),
        "apt-get install -y libturbojpeg0");

    private static NativeLibraryReport FFmpeg()
    {
        try
        {
            var program = new FFmpegPrograms("").Decoder;
            return Report("ffmpeg", "needed for video", program, Version, null);
        }
        catch (UserErrorException)
        {
            return Report("ffmpeg", "needed for video", null, Version, "apt-get install -y ffmpeg");
        }

        static string? Version(string path)
            => ProgramText.Lines(path, ["-version"]) is [var line, ..] && line.Split(' ') is [_, "version", var version, ..]
                ? version
                : null;
    }

    private static NativeLibraryReport LibAvFilter() => Report(
        "libavfilter",
        "optional, faster video",
        LibAv.Instance is null ? null : Loaded("avfilter"),
        VersionInName,
        "apt-get install -y ffmpeg");

    private static NativeLibraryReport Jemalloc() => Report(
        "jemalloc",
        "optional, faster training on CPUs",
        Loaded("jemalloc") ?? FindFile("libjemalloc.so.2"),
        path => TextIn(path, JemallocVersion()),
        "apt-get install -y libjemalloc2");

    private static NativeLibraryReport Report(string name, string need, string? path, Func<string, string?> version, string? install)
        => new(name, need, path is null ? null : version(path), path, path is null ? install : null);

    /// <summary>The file of a library that this process has loaded; null where it has none of that name.</summary>
    private static string? Loaded(string name)
    {
        using var process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Select(module => module.FileName)
            .FirstOrDefault(path => Path.GetFileName(path).Contains(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>A library where the loader would look for it, without loading it.</summary>
    private static string? FindFile(string pattern)
        => (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat([AppContext.BaseDirectory, .. NativeMemory.LibraryFolders])
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal))
            .FirstOrDefault();

    /// <summary>
    /// What stands behind the name of the file that a chain of links ends in, such as 8.44.100 of libavfilter.so.8.44.100.
    /// </summary>
    private static string? VersionInName(string path)
    {
        var file = Path.GetFileName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        return NumbersBehindName().Match(file) is { Success: true } match ? match.Groups[1].Value : null;
    }

    /// <summary>The first text of a form in a file's bytes.</summary>
    private static string? TextIn(string path, Regex form)
        => form.Match(Encoding.Latin1.GetString(File.ReadAllBytes(path))) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"\.so\.([\d.]+)$")]
    private static partial Regex NumbersBehindName();

    [GeneratedRegex(@"libjpeg-turbo version ([\d.]+)")]
    private static partial Regex JpegTurboVersion();

    [GeneratedRegex(@"(\d+\.\d+\.\d+)-\d+-g[0-9a-f]{8}")]
    private static partial Regex JemallocVersion();
}
