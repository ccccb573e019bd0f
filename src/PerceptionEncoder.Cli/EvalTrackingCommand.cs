using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval tracking</c>: objects followed through clips by the likeness of a frozen tower's patches.</summary>
internal sealed class EvalTrackingCommand
{
    private static readonly TrackingSetOptions Presets = new() { Name = "", Data = "" };

    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string?> checkpoint = OptionalCheckpoint();
    private readonly Option<string?> predictions = new("--predictions")
    {
        Description = "Score the masks of this folder (CLIP/00001.png) in place of a checkpoint.",
        HelpName = "DIR",
    };
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<string> year = CommonOptions.Choice(
        "--year",
        "2017: masks are indices of objects; 2016: what is not 0 is the one object; auto: 2016 where the first mask has 0 and 255 alone.",
        ["auto", "2016", "2017"]);
    private readonly Option<string> split = new("--split")
    {
        Description = "Name of the list of clips in ImageSets.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Presets.Split,
    };
    private readonly Option<TrackingProtocol> protocol = CommonOptions.Choice(
        "--protocol",
        "DINO's script or DINOv3's notebook, in what the other options leave open.",
        Presets.Protocol);
    private readonly Option<int> layer = new("--layer")
    {
        Description = "The layer, counted from 0; negative counts from the end.",
        HelpName = "K",
        DefaultValueFactory = _ => -1,
    };
    private readonly Option<int> imageSize = new("--image-size")
    {
        Description = "Short side of the frames that are encoded, in pixels; brought to whole patches.",
        HelpName = "PIXELS",
        DefaultValueFactory = _ => Presets.Resolution,
    };
    private readonly Option<int> last = new("--last")
    {
        Description = "Frames before the present one that it is compared with, besides the first.",
        HelpName = "N",
        DefaultValueFactory = _ => Presets.Last,
    };
    private readonly Option<int> topK = new("--top-k")
    {
        Description = "Patches that give a patch its labels.",
        HelpName = "N",
        DefaultValueFactory = _ => Presets.TopK,
    };
    private readonly Option<double> radius = new("--radius")
    {
        Description = "Patches are compared within so many patches; 0 for all.",
        HelpName = "PATCHES",
        DefaultValueFactory = _ => Presets.Radius,
    };
    private readonly Option<NeighborhoodShape?> shape = CommonOptions.OptionalChoice<NeighborhoodShape>(
        "--shape",
        "What is within the radius; the protocol's by default.");
    private readonly Option<double?> temperature = new("--temperature")
    {
        Description = "Divides the cosines before the softmax; 0.1 of dino and 0.2 of dinov3 by default.",
        HelpName = "T",
    };
    private readonly Option<int> batch = new("--batch")
    {
        Description = "Frames encoded at once.",
        HelpName = "N",
        DefaultValueFactory = _ => Presets.Batch,
    };
    private readonly Option<int> memory = new("--memory")
    {
        Description = "MiB that the comparisons of patches may take at once.",
        HelpName = "MIB",
        DefaultValueFactory = _ => Presets.Memory,
    };
    private readonly Option<string?> cache = new("--cache")
    {
        Description = "Folder for features while clips are followed; the system's for temporary files by default.",
        HelpName = "DIR",
    };
    private readonly Option<string?> saveResults = new("--save-results")
    {
        Description = "Write the masks as DAVIS' results: CLIP/00000.png with a palette; and per-object.csv.",
        HelpName = "DIR",
    };
    private readonly Option<string?> saveVideo = new("--save-video")
    {
        Description = "Write each clip with the masks over it, CLIP.mp4; needs ffmpeg.",
        HelpName = "DIR",
    };
    private readonly Option<string?> savePictures = new("--save-pictures")
    {
        Description = "Write some frames of each clip, the truth above and what was found below, CLIP.png.",
        HelpName = "DIR",
    };
    private readonly ComputeArguments computing = new();
    private readonly Option<string?> json = CommonOptions.Json();

    public static Command Create()
    {
        var options = new EvalTrackingCommand();
        var command = new Command(
            "tracking",
            """
            Video object segmentation without training: what the first frame of a clip marks is followed by the likeness of patches.
            J and F with mean, recall and decay, as DAVIS 2016 and 2017 have them.

            Example:
              pe eval tracking davis --checkpoint runs/cifar10 --data DAVIS --save-video videos --json davis.json
            """)
        { options.dataset };
        Option[] all =
        [
            options.checkpoint, options.predictions, options.data, options.year, options.split, options.protocol, options.layer,
            options.imageSize, options.last, options.topK, options.radius, options.shape, options.temperature, options.batch,
            options.memory, options.cache, options.saveResults, options.saveVideo, options.savePictures,
            .. options.computing.All, options.json,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            LaunchedRanks.OnFirst(options.computing.Read(result).Device, "tracking", () => options.Run(result));
        });
        return command;
    }

    private static Option<string?> OptionalCheckpoint()
    {
        var required = CommonOptions.Checkpoint();
        return new Option<string?>(required.Name) { Description = required.Description, HelpName = required.HelpName };
    }

    private void Run(ParseResult result)
    {
        var set = Read(result);
        var results = new TrackingResults(result.GetValue(saveResults), result.GetValue(saveVideo), result.GetValue(savePictures));
        switch (result.GetValue(checkpoint), result.GetValue(predictions))
        {
            case ({ } weights, null):
                Measure(result, weights, set, results);
                break;
            case (null, { } folder) when result.GetValue(saveResults) is null:
                var scored = TrackingPredictions.Score(set, folder, results, StopSignals.Current.Token);
                Print(scored, folder);
                Write(result, scored, folder, "", new { request = new { Set = set, Predictions = folder } });
                break;
            case (null, { }):
                throw new UserErrorException("--save-results: masks of --predictions are in a folder already; leave it out.");
            default:
                throw new UserErrorException("pe eval tracking needs one of --checkpoint and --predictions.");
        }
    }

    private void Measure(ParseResult result, string weights, TrackingSetOptions set, TrackingResults results)
    {
        var compute = computing.Read(result);
        using var tower = FrozenTower.Open(CommonOptions.Locate(weights), compute, precision: computing.Precision(result));
        compute.Prepare(Console.Error.WriteLine);
        CommonOptions.SayOrigin(tower.Path, tower.Origin);
        var index = tower.Vision.ResolveLayer(result.GetValue(layer));
        var work = new LayerWork { Log = Console.Error.WriteLine, Report = new LayerConsole().Show, Cache = result.GetValue(cache) };
        var measured = Evaluators.OfLayers(set, tower, [index], work, results).Run(StopSignals.Current.Token);
        var metrics = measured.Layers[0].Metrics.ToDictionary(
            metric => metric.Key["tracking_".Length..],
            metric => metric.Value,
            StringComparer.Ordinal);
        var report = new EvaluationResult(measured.Dataset, "tracking", metrics, measured.Samples, measured.Unreadable);
        Print(report, $"{tower.Path}, layer {index}");
        var request = new
        {
            Set = set,
            Layer = index,
            Checkpoint = tower.Path,
            tower.Precision,
            Compute = compute.Settled(tower.Device),
        };
        Write(
            result,
            report,
            tower.Path,
            WeightsHash.Of(tower.Path),
            new { request, measured.EncodeSeconds, TrackSeconds = measured.ProbeSeconds });
    }

    private TrackingSetOptions Read(ParseResult result) => new()
    {
        Name = result.GetRequiredValue(dataset),
        Data = result.GetRequiredValue(data),
        Year = result.GetRequiredValue(year),
        Split = result.GetRequiredValue(split),
        Protocol = result.GetValue(protocol),
        Resolution = result.GetValue(imageSize),
        Last = result.GetValue(last),
        TopK = result.GetValue(topK),
        Radius = result.GetValue(radius),
        Shape = result.GetValue(shape),
        Temperature = result.GetValue(temperature),
        Batch = result.GetValue(batch),
        Memory = result.GetValue(memory),
    };

    private void Write(ParseResult result, EvaluationResult report, string model, string hash, object config)
    {
        if (result.GetValue(json) is { } path)
        {
            EvaluationReportJson.Write(path, report, model, hash, config);
        }
    }

    private static void Print(EvaluationResult report, string model)
    {
        var table = new Table().Title($"{TableConsole.Cell(report.Dataset)}  ({TableConsole.Cell(model)})")
            .AddColumn("metric")
            .AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in report.Metrics)
        {
            table.AddRow(TableConsole.Cell(name), value.ToString("P2", CultureInfo.InvariantCulture));
        }

        table.Caption($"{report.Samples} frames");
        TableConsole.Write(table);
    }
}
