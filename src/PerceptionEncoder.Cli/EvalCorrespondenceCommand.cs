using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Correspondence;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval correspondence</c>: key points of one picture found in another by a frozen tower's features.</summary>
internal sealed class EvalCorrespondenceCommand
{
    private static readonly CorrespondenceSetOptions Preset = new() { Name = "", Data = "" };

    private readonly FrozenLayerArguments shared = new(Preset.Batch, "they are compared");
    private readonly Option<string> split = new("--split")
    {
        Description = "Part of a set in SPair-71k's layout: test, val or trn.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Preset.Split,
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
    private readonly Option<int> enlarge = FrozenLayerArguments.Number(
        "--enlarge",
        "Compare bilinearly enlarged features, so many times finer than the patches.",
        Preset.Enlarge);
    private readonly Option<string?> pictures = FrozenLayerArguments.SavePictures(
        "New folder for a picture of each pair, side by side; lines are green where it is right at the middle share.");

    public static Command Create()
    {
        var options = new EvalCorrespondenceCommand();
        return options.shared.Create(
            "correspondence",
            """
            Percentage of correct key points: each is looked for in the other picture of a pair where the feature is nearest.
            Nothing is trained. Sets in SPair-71k's or HPatches' layout, or views with cameras and depth.

            Example:
              pe eval correspondence spair --checkpoint runs/demo --data SPair-71k --layer -2 --save-pictures matches
            """,
            options.Run,
            options.shared.Checkpoint, options.shared.Data, options.split, options.shared.Layer, options.alphas, options.length,
            options.enlarge, options.pictures, options.shared.ImageSize);
    }

    private void Run(ParseResult result)
    {
        var set = Preset with
        {
            Name = result.GetRequiredValue(shared.Dataset),
            Data = result.GetRequiredValue(shared.Data),
            Split = result.GetRequiredValue(split),
            Alphas = result.GetRequiredValue(alphas),
            Length = result.GetValue(length),
            Enlarge = result.GetValue(enlarge),
            Batch = result.GetValue(shared.Batch),
        };
        shared.Measure(
            result,
            set,
            (tower, layer, work) => Evaluators.OfLayers(set, tower, [layer], work, result.GetValue(pictures)),
            counted: "pairs");
        if (result.GetValue(pictures) is { } folder)
        {
            Console.WriteLine($"{folder}: a picture of each pair");
        }
    }
}
