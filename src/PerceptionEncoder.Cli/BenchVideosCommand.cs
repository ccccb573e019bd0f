using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench videos</c>: speed of decoding clips.</summary>
internal static class BenchVideosCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "Shards of clips: a folder, a file, or a pattern.",
            HelpName = "SHARDS",
            Required = true,
        };
        var frames = new Option<int>("--frames") { Description = "Frames of a clip.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var size = new Option<int>("--size")
        {
            Description = "Side of the resized frames in pixels.",
            HelpName = "PIXELS",
            DefaultValueFactory = _ => 224,
        };
        var workers = new Option<int>("--workers")
        {
            Description = "Clips decoded at a time.",
            HelpName = "N",
            DefaultValueFactory = _ => 2,
        };
        var isolated = CommonOptions.IsolateDecoder();
        isolated.Aliases.Add("--isolated");
        var json = CommonOptions.Json();
        var command = new Command("videos", "Decode and resize frames of the clips of shards.\n\n"
            + "Example:\n  pe bench videos --data ../shared/data/videos --frames 8 --size 224 --workers 2")
        {
            data, frames, size, workers, isolated, json,
        };
        command.SetAction(result =>
        {
            var files = VideoThroughput.ReadFiles(result.GetRequiredValue(data));
            var reader = new FFmpegVideoReader(new VideoReaderOptions { Isolated = result.GetValue(isolated) });
            var measured = VideoThroughput.Measure(
                files,
                reader,
                result.GetValue(frames),
                result.GetValue(size),
                result.GetValue(workers),
                cancellation: StopSignals.Current.Token);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{measured.ClipsPerSecond:0.00} clips/s with {measured.Workers} workers "
                + $"({measured.Clips} clips in {measured.Seconds:0.00} s)"));
            CommonOptions.WriteJson(result.GetValue(json), measured);
        });
        return command;
    }
}
