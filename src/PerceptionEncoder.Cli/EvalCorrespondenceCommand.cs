using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Correspondence;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval correspondence</c>: key points of one picture found in another by a frozen tower's features.</summary>
internal sealed class EvalCorrespondenceCommand
{
    private static readonly CorrespondenceSetOptions Preset = new() { Name = "", Data = "" };

    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<string> split = new("--split")
    {
        Description = "Part of a set in SPair-71k's layout: test, val or trn.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Preset.Split,
    };
    private readonly Option<int> layer = new("--layer")
    {
        Description = "The layer, counted from 0; negative counts from the end.",
        HelpName = "K",
        DefaultValueFactory = _ => -1,
    };
    private readonly Option<double[]> alphas = new("--alphas")
    {
        Description = "Shares of the length within which a key point is right.",
        HelpName = "X",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. Preset.Alphas],
    };
    private readonly Option<CorrespondenceLength?> length = CommonOptions.OptionalChoice<CorrespondenceLength>(
        "--length",
        "Of which the shares are, longer side of the second picture's object or of the picture; box where the set has boxes.");
    private readonly Option<int> enlarge = new("--enlarge")
    {
        Description = "Compare bilinearly enlarged features, so many times finer than the patches.",
        HelpName = "N",
        DefaultValueFactory = _ => Preset.Enlarge,
    };
    private readonly Option<string?> pictures = new("--save-pictures")
    {
        Description = "New folder for a picture of each pair, side by side; lines are green where it is right at the middle share.",
        HelpName = "DIR",
    };
    private readonly Option<string?> cache = new("--cache")
    {
        Description = "Folder for features while they are compared; the system's for temporary files by default.",
        HelpName = "DIR",
    };
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images encoded at once.",
        HelpName = "N",
        DefaultValueFactory = _ => Preset.Batch,
    };
    private readonly ComputeArguments computing = new();
    private readonly Option<string?> json = CommonOptions.Json();

    public static Command Create()
    {
        var options = new EvalCorrespondenceCommand();
        var command = new Command(
            "correspondence",
            """
            Percentage of correct key points: each is looked for in the other picture of a pair where the feature is nearest.
            Nothing is trained. Sets in SPair-71k's layout.

            Example:
              pe eval correspondence spair --checkpoint runs/demo --data SPair-71k --layer -2 --save-pictures matches
            """)
        { options.dataset };
        Option[] all =
        [
            options.checkpoint, options.data, options.split, options.layer, options.alphas, options.length, options.enlarge,
            options.pictures, options.cache, options.imageSize, options.batch, .. options.computing.All, options.json,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            LaunchedRanks.OnFirst(options.computing.Read(result).Device, "correspondence", () => options.Run(result));
        });
        return command;
    }

    private void Run(ParseResult result)
    {
        var compute = computing.Read(result);
        using var tower = FrozenTower.Open(
            CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
            compute,
            result.GetValue(imageSize),
            precision: computing.Precision(result));
        compute.Prepare(Console.Error.WriteLine);
        CommonOptions.SayOrigin(tower.Path, tower.Origin);
        var request = new
        {
            Set = Preset with
            {
                Name = result.GetRequiredValue(dataset),
                Data = result.GetRequiredValue(data),
                Split = result.GetRequiredValue(split),
                Alphas = result.GetRequiredValue(alphas),
                Length = result.GetValue(length),
                Enlarge = result.GetValue(enlarge),
                Batch = result.GetValue(batch),
            },
            Layer = tower.Vision.ResolveLayer(result.GetValue(layer)),
            Checkpoint = tower.Path,
            ImageSize = tower.Vision.Options.ImageSize,
            Precision = tower.Precision,
            Compute = compute.Settled(tower.Device),
        };
        var work = new LayerWork { Log = Console.Error.WriteLine, Report = new LayerConsole().Show, Cache = result.GetValue(cache) };
        var folder = result.GetValue(pictures);
        var measured = Evaluators.OfLayers(request.Set, tower, [request.Layer], work, folder).Run(StopSignals.Current.Token);
        var scores = measured.Layers[0];
        Print(measured, scores, tower.Path);
        if (folder is not null)
        {
            Console.WriteLine($"{folder}: {measured.Samples} pictures");
        }

        if (result.GetValue(json) is { } path)
        {
            EvaluationReportJson.Write(
                path,
                new EvaluationResult(measured.Dataset, "correspondence", scores.Metrics, measured.Samples, measured.Unreadable),
                tower.Path,
                WeightsHash.Of(tower.Path),
                request);
        }
    }

    private static void Print(LayerResult measured, LayerScores scores, string model)
    {
        var table = new Table().Title($"{TableConsole.Cell(measured.Dataset)}  ({TableConsole.Cell(model)}, layer {scores.Layer})")
            .AddColumn("metric")
            .AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in scores.Metrics)
        {
            table.AddRow(TableConsole.Cell(name), value.ToString("P2", CultureInfo.InvariantCulture));
        }

        table.Caption(measured.Unreadable > 0
            ? $"{measured.Samples} of {measured.Samples + measured.Unreadable} pairs; of the others a picture cannot be read"
            : $"{measured.Samples} pairs");
        TableConsole.Write(table);
    }
}
