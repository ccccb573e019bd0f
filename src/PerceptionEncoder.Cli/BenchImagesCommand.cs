using System.CommandLine;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench images</c>: speed of decoding, resizing and augmenting, and the cores that a GPU needs of it.</summary>
internal static class BenchImagesCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "An evaluation set in CLIP-benchmark's layout.",
            HelpName = "DIR",
            Required = true,
        };
        var size = new Option<int>("--size")
        {
            Description = "Side of the resized image in pixels.",
            HelpName = "PIXELS",
            DefaultValueFactory = _ => 224,
        };
        var threads = new Option<int?>("--threads")
        {
            Description = "Measure 1 to so many threads; as many as there are cores by default.",
            HelpName = "N",
        };
        var json = CommonOptions.Json();
        var command = new Command("images", "Decode, resize and augment the images of a set, on one thread and on more.\n\n"
            + "Example:\n  pe bench images --data ../shared/data/imagenet-sample --size 224 --threads 2")
        {
            data, size, threads, json,
        };
        command.SetAction(result =>
        {
            var files = ImageThroughput.ReadFiles(ClipBenchmarkFolder.Open(result.GetRequiredValue(data)).Shards);
            var measured = ImageBenchmark.Run(
                files,
                ImageDecoders.Default,
                result.GetValue(size),
                result.GetValue(threads) ?? Environment.ProcessorCount);
            foreach (var line in measured.Describe())
            {
                Console.WriteLine(line);
            }

            CommonOptions.WriteJson(result.GetValue(json), measured);
        });
        return command;
    }
}
