using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.Frames;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data extract-frames</c>: shards of clips to shards of their frames.</summary>
internal static class ExtractFramesCommand
{
    public static Command Create()
    {
        var shards = new Argument<string>("SHARDS")
        {
            Description = "Tars of clips: a folder, a file, or a pattern (DIR/{00000..00009}.tar).",
        };
        var output = new Option<string>("--output") { Description = "Folder for the shards of frames.", HelpName = "DIR", Required = true };
        var frames = new Option<int>("--frames")
        {
            Description = "Frames of a clip, spread evenly from first to last.",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        var shortSide = new Option<int?>("--short-side")
        {
            Description = "Bring frames to this size on their shorter side; larger clips only.",
            HelpName = "PIXELS",
        };
        var format = CommonOptions.Choice("--format", "Compression of the frames.", FrameFormat.Jpg);
        var workers = new Option<int>("--workers") { Description = "Clips decoded at a time; 0 takes one per processor.", HelpName = "N" };
        var isolated = CommonOptions.IsolateDecoder();
        var json = CommonOptions.Json();
        var command = new Command(
            "extract-frames",
            """
            Decode clips once: KEY.mp4 becomes KEY.frame00.jpg, KEY.frame01.jpg, ...; captions stay.
            Repeated, it goes on after the last complete shard.

            Example:
              pe data extract-frames ../shared/data/videos --output runs/frames --frames 8
            """)
        { shards, output, frames, shortSide, format, workers, isolated, json };
        command.SetAction(result =>
        {
            var bad = new BadSamples();
            bad.Found += unusable => Console.Error.WriteLine(
                $"{unusable.Shard}{(unusable.Key is null ? "" : $", sample {unusable.Key}")}: {unusable.Detail}; left out");
            var options = new FrameExtractionOptions
            {
                Frames = result.GetValue(frames),
                ShortSide = result.GetValue(shortSide),
                Format = result.GetValue(format),
                Workers = result.GetValue(workers),
            };
            var folder = result.GetRequiredValue(output);
            var (shown, clock) = (Stopwatch.StartNew(), Stopwatch.StartNew());
            var summary = new FrameExtraction(
                options,
                new FFmpegVideoReader(new VideoReaderOptions { Isolated = result.GetValue(isolated) }))
                .Run(result.GetRequiredValue(shards), folder, bad, Show, StopSignals.Current.Token);
            var resumed = summary.Resumed > 0 ? $", {summary.Resumed} of them from before" : "";
            Console.WriteLine(Invariant($"{folder}: {summary.Clips} clips ({summary.Unreadable} unreadable) ")
                + Invariant($"in {summary.Shards} shards{resumed}, {summary.ClipsPerSecond:0.##}/s"));
            CommonOptions.WriteJson(result.GetValue(json), summary);

            void Show(long clips)
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine(Invariant($"{clips} clips  {clips / clock.Elapsed.TotalSeconds:0.#}/s"));
                    shown.Restart();
                }
            }
        });
        return command;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
