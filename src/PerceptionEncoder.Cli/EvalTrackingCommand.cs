using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Tracking;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval tracking</c>: objects followed through clips by the likeness of a frozen tower's patches.</summary>
internal sealed class EvalTrackingCommand
{
    private static readonly TrackingSetOptions Presets = new() { Name = "", Data = "" };

    private readonly FrozenLayerArguments shared = new(Presets.Batch, "clips are followed");
    private readonly Option<string?> checkpoint = OptionalCheckpoint();
    private readonly Option<string?> predictions = new("--predictions")
    {
        Description = "Score the masks of this folder (CLIP/00001.png) in place of a checkpoint.",
        HelpName = "DIR",
    };
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
    private readonly Option<int> imageSize = FrozenLayerArguments.Number(
        "--image-size",
        "Short side of the frames that are encoded, in pixels; brought to whole patches.",
        Presets.Resolution);
    private readonly Option<int> last = FrozenLayerArguments.Number(
        "--last",
        "Frames before the present one that it is compared with, besides the first.",
        Presets.Last);
    private readonly Option<int> topK = FrozenLayerArguments.Number(
        "--top-k",
        "Patches that give a patch its labels.",
        Presets.TopK);
    private readonly Option<double> radius = FrozenLayerArguments.Number(
        "--radius",
        "Patches are compared within so many patches; 0 for all.",
        Presets.Radius);
    private readonly Option<NeighborhoodShape?> shape = CommonOptions.OptionalChoice<NeighborhoodShape>(
        "--shape",
        "What is within the radius; the protocol's by default.");
    private readonly Option<double?> temperature = new("--temperature")
    {
        Description = "Divides the cosines before the softmax; 0.1 of dino and 0.2 of dinov3 by default.",
        HelpName = "T",
    };
    private readonly Option<int> memory = FrozenLayerArguments.Number(
        "--memory",
        "MiB that the comparisons of patches may take at once.",
        Presets.Memory);
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
    private readonly Option<string?> savePictures = FrozenLayerArguments.SavePictures(
        "Write some frames of each clip, the truth above and what was found below, CLIP.png.");

    public static Command Create()
    {
        var options = new EvalTrackingCommand();
        return options.shared.Create(
            "tracking",
            """
            Video object segmentation without training: what the first frame of a clip marks is followed by the likeness of patches.
            J and F with mean, recall and decay, as DAVIS 2016 and 2017 have them.

            Example:
              pe eval tracking davis --checkpoint runs/cifar10 --data DAVIS --save-video videos --json davis.json
            """,
            options.Run,
            options.checkpoint, options.predictions, options.shared.Data, options.year, options.split, options.protocol,
            options.shared.Layer, options.imageSize, options.last, options.topK, options.radius, options.shape, options.temperature,
            options.memory, options.saveResults, options.saveVideo, options.savePictures);
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
                shared.Measure(
                    result,
                    set,
                    (tower, layer, work) => Evaluators.OfLayers(set, tower, [layer], work, results),
                    counted: "frames",
                    checkpoint: weights);
                break;
            case (null, { } folder) when result.GetValue(saveResults) is null:
                var scored = TrackingPredictions.Score(set, folder, results, StopSignals.Current.Token);
                FrozenLayerArguments.Print(scored, folder, "P2", $"{scored.Samples} frames");
                shared.Write(result, scored, folder, "", new { Set = set, Predictions = folder });
                break;
            case (null, { }):
                throw new UserErrorException("--save-results: masks of --predictions are in a folder already; leave it out.");
            default:
                throw new UserErrorException("pe eval tracking needs one of --checkpoint and --predictions.");
        }
    }

    private TrackingSetOptions Read(ParseResult result) => new()
    {
        Name = result.GetRequiredValue(shared.Dataset),
        Data = result.GetRequiredValue(shared.Data),
        Year = result.GetRequiredValue(year),
        Split = result.GetRequiredValue(split),
        Protocol = result.GetValue(protocol),
        Resolution = result.GetValue(imageSize),
        Last = result.GetValue(last),
        TopK = result.GetValue(topK),
        Radius = result.GetValue(radius),
        Shape = result.GetValue(shape),
        Temperature = result.GetValue(temperature),
        Batch = result.GetValue(shared.Batch),
        Memory = result.GetValue(memory),
    };
}
