using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench propagation</c>: what it costs to follow the labels of a clip to its next frame.</summary>
internal static class BenchPropagationCommand
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, IncludeFields = true };

    public static Command Create()
    {
        var presets = new TrackingSetOptions { Name = "bench", Data = "" };
        var rows = Number("--rows", "Patches from top to bottom.", 30);
        var columns = Number("--columns", "Patches from left to right.", 52);
        var features = Number("--features", "Of a patch.", 768);
        var last = Number("--last", "Frames compared with, besides the first.", presets.Last);
        var topK = Number("--top-k", "Patches that give a patch its labels.", presets.TopK);
        var radius = Number("--radius", "Patches are compared within so many patches; 0 for all.", (int)presets.Radius);
        var memory = Number("--memory", "MiB that the comparisons may take at once.", presets.Memory);
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "propagation",
            "Labels of a clip carried to its next frame, in tiles and by a loop over patches.\n\n"
            + "Example:\n  pe bench propagation --rows 30 --columns 52 --features 768")
        {
            rows, columns, features, last, topK, radius, memory,
        };
        computing.AddTo(command, isFloat32: true);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = PropagationBenchmark.Run(
                result.GetValue(rows),
                result.GetValue(columns),
                result.GetValue(features),
                presets with
                {
                    Last = result.GetValue(last),
                    TopK = result.GetValue(topK),
                    Radius = result.GetValue(radius),
                    Memory = result.GetValue(memory),
                },
                computing.Read(result));
            Console.WriteLine($"{measured.Grid.Rows}x{measured.Grid.Columns} patches: {measured.Seconds:F3} s a frame, extra memory "
                + $"{SizeText.Of(measured.ExtraBytes)}; {measured.Device}");
            Console.WriteLine(
                $"a loop over patches {measured.LoopSeconds:F3} s, {measured.LoopSeconds / measured.Seconds:F0} times as long");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };
}
