using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Checkpoints;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe checkpoint inspect|convert|average|diff|create</c>: looks into weights and writes them.</summary>
internal static class CheckpointCommand
{
    public static Command Create() => CommandGroup.Of(
        "checkpoint",
        "Look into checkpoints, convert, average, compare and create them.",
        CheckpointInspectCommand.Create,
        Convert,
        Average,
        Diff,
        CreateFresh);

    private static Command Convert()
    {
        var input = CommonOptions.CheckpointArgument("IN");
        var output = new Argument<string>("OUT")
        {
            Description = "The file to write; its extension says the format: .safetensors, or .pt, .pth, .bin.",
        };
        var layout = CommonOptions.Choice("--to", "Whose names and arrangement of tensors.", ModelFamilies.LayoutNames);
        var format = CommonOptions.OptionalChoice<WeightsFormat>("--format", "File format, whatever the extension.");
        var dtype = CommonOptions.OptionalChoice<ElementType>("--dtype", "Element type of all tensors; each keeps its own by default.");
        var imageSize = CommonOptions.ImageSize();
        var encoder = new Option<bool>("--encoder") { Description = "Write the vision tower alone, as PE-Lang is published." };
        var command = new Command(
            "convert",
            """
            Write a checkpoint in another layout, format, element type or input size.

            Example:
              pe checkpoint convert runs/demo demo-timm.safetensors --to timm --dtype fp16
            """)
        { input, output, layout, format, dtype, imageSize, encoder };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var conversion = new CheckpointConversion
            {
                Input = CommonOptions.Locate(result.GetRequiredValue(input)),
                Output = result.GetRequiredValue(output),
                Layout = result.GetValue(layout)!,
                Format = result.GetValue(format),
                DType = result.GetValue(dtype),
                ImageSize = result.GetValue(imageSize),
                EncoderAlone = result.GetValue(encoder),
            };
            var converted = conversion.Run();
            var leftOut = converted.LeftOut.Count > 0
                ? $"; {converted.LeftOut.Count} tensors of the text tower left out: the layout is of the vision tower"
                : "";
            Console.WriteLine(
                $"{conversion.Output}: {SizeText.Of(new FileInfo(conversion.Output).Length)}{leftOut}{Kind(conversion.Input)}");
            if (converted.Origin is { } origin)
            {
                Console.WriteLine($"read from {origin}");
            }

            if (converted.Note is { } note)
            {
                Console.WriteLine(note);
            }
        });
        return command;
    }

    private static string Kind(string input)
        => WeightsLocation.Find(input) is var file && WeightsLocation.KindOf(file) is { } kind ? $"; {kind} weights, from {file}" : "";

    private static Command Average()
    {
        var inputs = CommonOptions.CheckpointArguments("CHECKPOINT");
        var weights = new Option<double[]>("--weights")
        {
            Description = "Share of each checkpoint, with sum 1; equal by default.",
            HelpName = "W",
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--output") { Description = "The file to write.", HelpName = "FILE", Required = true };
        var command = new Command(
            "average",
            """
            Average the weights of checkpoints of one architecture, such as before and after finetuning.

            Example:
              pe checkpoint average runs/demo runs/demo --weights 0.5 0.5 --output average.safetensors
            """)
        { inputs, weights, output };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            CheckpointAverage.Write(
                [.. result.GetRequiredValue(inputs).Select(CommonOptions.Locate)],
                result.GetValue(weights) ?? [],
                result.GetRequiredValue(output));
            Console.WriteLine($"{result.GetRequiredValue(output)}: {SizeText.Of(new FileInfo(result.GetRequiredValue(output)).Length)}");
        });
        return command;
    }

    private static Command Diff()
    {
        var first = CommonOptions.CheckpointArgument("A");
        var second = CommonOptions.CheckpointArgument("B");
        var json = CommonOptions.Json();
        var command = new Command(
            "diff",
            """
            Compare two checkpoints tensor by tensor, whatever their formats and layouts.

            Example:
              pe checkpoint diff runs/demo demo-timm.safetensors
            """)
        { first, second, json };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var comparison = CheckpointComparison.Of(
                CommonOptions.Locate(result.GetRequiredValue(first)),
                CommonOptions.Locate(result.GetRequiredValue(second)));
            Print(comparison);
            CommonOptions.WriteJson(result.GetValue(json), comparison);
        });
        return command;
    }

    private static Command CreateFresh()
    {
        var preset = new Argument<string>("PRESET") { Description = "Published name of the architecture, such as PE-Core-B16-224." };
        var output = new Option<string>("--output") { Description = "The file to write.", HelpName = "FILE", Required = true };
        var seed = new Option<long>("--seed") { Description = "Of the random weights.", HelpName = "N" };
        var command = new Command(
            "create",
            """
            Write an untrained checkpoint of a published architecture, for trials in which only shape and speed matter.

            Example:
              pe checkpoint create PE-Core-T16-384 --output untrained.safetensors
            """)
        { preset, output, seed };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            CheckpointCreation.Write(result.GetRequiredValue(preset), result.GetValue(seed), result.GetRequiredValue(output));
            Console.WriteLine($"{result.GetRequiredValue(output)}: {SizeText.Of(new FileInfo(result.GetRequiredValue(output)).Length)}");
        });
        return command;
    }

    private static void Print(CheckpointComparison comparison)
    {
        if (comparison.Different.Count > 0)
        {
            var table = new Table().AddColumn("tensor")
                .AddColumn("A")
                .AddColumn("B")
                .AddColumn(new TableColumn("largest |A - B|").RightAligned())
                .AddColumn(new TableColumn("|A - B| / |A|").RightAligned());
            foreach (var difference in comparison.Different)
            {
                table.AddRow(
                    TableConsole.Cell(difference.Name),
                    TableConsole.Cell(difference.FirstShape),
                    TableConsole.Cell(difference.SecondShape),
                    Number(difference.Largest),
                    Number(difference.Relative));
            }

            TableConsole.Write(table);
        }

        foreach (var (where, names) in new[] { ("A", comparison.OnlyFirst), ("B", comparison.OnlySecond) })
        {
            foreach (var name in names)
            {
                Console.WriteLine($"only in {where}: {name}");
            }
        }

        Console.WriteLine($"{comparison.Same} equal, {comparison.Different.Count} different, "
            + $"{comparison.OnlyFirst.Count} only in A, {comparison.OnlySecond.Count} only in B");
    }

    private static string Number(double? value) => value?.ToString("0.###e+0", CultureInfo.InvariantCulture) ?? "";
}
