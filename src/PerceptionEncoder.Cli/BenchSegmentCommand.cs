using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench segment</c>: what a teacher's map by SAM 2.1 costs.</summary>
internal static class BenchSegmentCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create()
    {
        var preset = new Option<string>("--preset")
        {
            Description = "Published shape: SAM-2.1-tiny, -small, -base-plus or -large.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "SAM-2.1-large",
        };
        var points = new Option<int>("--points")
        {
            Description = "Points of the grid a side.",
            HelpName = "N",
            DefaultValueFactory = _ => 32,
        };
        var batch = new Option<int>("--batch")
        {
            Description = "Points that go through the decoder together.",
            HelpName = "N",
            DefaultValueFactory = _ => 64,
        };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "segment",
            "SAM 2.1's encoding of a picture and the mask logits of a grid of points, by random weights.\n\n"
            + "Example:\n  pe bench segment --preset SAM-2.1-large")
        {
            preset, points, batch,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = SegmentationBenchmark.Run(
                result.GetRequiredValue(preset),
                result.GetValue(points),
                result.GetValue(batch),
                computing.Precision(result),
                computing.Read(result));
            Console.WriteLine($"{measured.ImageSize} px: encoding {measured.EncodeSeconds:F2} s, extra memory "
                + $"{SizeText.Of(measured.EncodeExtraBytes)}; {measured.Points} points {measured.DecodeSeconds:F2} s, "
                + $"{SizeText.Of(measured.DecodeExtraBytes)}: {measured.Ratio:0.00} times the encoding");
            Console.WriteLine($"weights {SizeText.Of(measured.WeightBytes)}; {measured.Products}; {measured.Device}");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }
}
