using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tools.TeacherMaps;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data sam-logits</c>: shards of images to shards with the mask logits of SAM 2.1 beside them.</summary>
internal static class SamLogitsCommand
{
    private static readonly TeacherMapOptions Published = new();

    public static Command Create()
    {
        var shards = new Argument<string>("SHARDS")
        {
            Description = "Tars of images: a folder, a file, or a pattern (DIR/{00000..00009}.tar).",
        };
        var output = new Option<string>("--output") { Description = "Folder for the shards with maps.", HelpName = "DIR", Required = true };
        var checkpoint = CommonOptions.Checkpoint();
        var points = Number("--points", "Points of the grid a side, a channel each.", Published.PointsPerSide);
        var grid = Number("--grid", "Places of a map a side: the student's patches.", Published.Grid);
        var components = Number(
            "--components",
            "Channels that a map is compressed to; 0 keeps one a point. The error is measured and told.",
            Published.Components);
        var samples = Number("--shard-samples", "Images of a shard that is written.", Published.ShardSamples);
        var imageSize = CommonOptions.ImageSize();
        var batch = Number("--batch", "Prompts that go through the decoder together.", 64);
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "sam-logits",
            """
            Let SAM 2.1 look at every image once, for pe align spatial: KEY.map.npy beside KEY.jpg, float16 [channels, grid, grid] of the
            whole image.
            Repeated, it goes on after the last complete shard.

            Example:
              pe data sam-logits '/data/images/{00000..00099}.tar' --checkpoint sam2.1_hiera_large.pt --output /data/images-sam
            """)
        { shards, output, checkpoint, points, grid, components, samples, imageSize, batch };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var options = new TeacherMapOptions
            {
                PointsPerSide = Within(result, points, 1, 256),
                Grid = Within(result, grid, 1, 512),
                Components = Within(result, components, 0, 65536),
                ShardSamples = Within(result, samples, 1, 1_000_000),
            };
            var path = CommonOptions.Locate(result.GetRequiredValue(checkpoint));
            var compute = computing.Read(result);
            using var segmenter = Segmenter.Open(
                path,
                compute,
                computing.Precision(result),
                result.GetValue(imageSize),
                result.GetValue(batch));
            compute.Prepare(Console.Error.WriteLine);
            var bad = new BadSamples();
            bad.Found += unusable => Console.Error.WriteLine(
                $"{unusable.Shard}{(unusable.Key is null ? "" : $", sample {unusable.Key}")}: {unusable.Detail}; left out");
            var folder = result.GetRequiredValue(output);
            Console.Error.WriteLine(Invariant($"{options.BytesPerImage / 1e6:0.###} MB a map"));
            var (shown, clock) = (Stopwatch.StartNew(), Stopwatch.StartNew());
            var summary = new TeacherMapExtraction(options, segmenter, WeightsHash.Of(path))
                .Run(result.GetRequiredValue(shards), folder, bad, Show, StopSignals.Current.Token);
            var resumed = summary.Resumed > 0 ? $", {summary.Resumed} of them from before" : "";
            Console.WriteLine(Invariant($"{folder}: maps of {summary.Images} images ({summary.Unreadable} unreadable) in ")
                + Invariant($"{summary.Shards} shards{resumed}, {summary.ImagesPerSecond:0.###}/s")
                + (summary.Images > 0 ? Invariant($"; cosines of places within {summary.CosineError:0.00000} on average") : ""));
            CommonOptions.WriteJson(result.GetValue(json), summary);

            void Show(long images)
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine(Invariant($"{images} images  {images / clock.Elapsed.TotalSeconds:0.##}/s"));
                    shown.Restart();
                }
            }
        });
        return command;
    }

    private static int Within(ParseResult result, Option<int> option, int low, int high)
        => result.GetValue(option) is var value && value >= low && value <= high ? value
            : throw new UserErrorException($"{option.Name} {value}: must be {low} to {high}.");

    private static Option<int> Number(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
