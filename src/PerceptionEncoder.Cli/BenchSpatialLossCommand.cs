using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench spatial-loss</c>: what the pairwise loss of spatial alignment costs beside its student.</summary>
internal static class BenchSpatialLossCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create()
    {
        var preset = new Option<string>("--preset")
        {
            Description = "Published model whose vision tower is the student.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "PE-Spatial-B16-512",
        };
        var batch = new Option<int>("--batch") { Description = "Images.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var channels = new Option<int>("--channels")
        {
            Description = "Of the teacher's maps.",
            HelpName = "N",
            DefaultValueFactory = _ => 1024,
        };
        var tile = new Option<int>("--tile")
        {
            Description = "Largest side of an image's matrix of similarities.",
            HelpName = "N",
            DefaultValueFactory = _ => SpatialLossBenchmark.DefaultTile,
        };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "spatial-loss",
            "The pairwise loss of spatial alignment with its gradient, in tiles and on whole matrices, and its student's step.\n\n"
            + "Example:\n  pe bench spatial-loss --preset PE-Spatial-B16-512 --batch 8")
        {
            preset, batch, channels, tile,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = SpatialLossBenchmark.Run(
                result.GetRequiredValue(preset),
                result.GetValue(batch),
                result.GetValue(channels),
                result.GetValue(tile),
                computing.Precision(result),
                computing.Read(result));
            Console.WriteLine($"{measured.Tokens} tokens: in tiles {measured.TiledSeconds:F3} s, extra memory "
                + $"{SizeText.Of(measured.TiledExtraBytes)}; on whole matrices {measured.DenseSeconds:F3} s, "
                + $"{SizeText.Of(measured.DenseExtraBytes)}");
            Console.WriteLine($"student's step {measured.StepSeconds:F3} s: the loss takes {measured.StepShare:P1} of that; "
                + $"{measured.Products}; {measured.Device}");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }
}
