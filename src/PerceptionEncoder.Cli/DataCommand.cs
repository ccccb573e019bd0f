using System.CommandLine;
using PerceptionEncoder.Tools.Robustness;
using PerceptionEncoder.Tools.Scenes;

namespace PerceptionEncoder.Cli;

/// <summary>
/// <c>pe data pack|unpack|inspect|scenes|moving-scenes|scene-questions|extract-frames|sam-logits|robustness|duplicates</c>:
/// makes data sets, and looks at them.
/// </summary>
internal static class DataCommand
{
    public static Command Create() => CommandGroup.Of(
        "data",
        "Make data sets, and look at them.",
        PackCommand.Create,
        UnpackCommand.Create,
        InspectCommand.Create,
        Scenes,
        MovingScenesCommand.Create,
        SceneQuestionsCommand.Create,
        ExtractFramesCommand.Create,
        SamLogitsCommand.Create,
        Robustness,
        DuplicatesCommand.Create);

    private static Command Scenes()
    {
        var output = new Option<string>("--output") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var train = new Option<int>("--train") { Description = "Training pairs.", HelpName = "N", DefaultValueFactory = _ => 20_000 };
        var test = new Option<int>("--test")
        {
            Description = "Held-out pairs of each evaluation set.",
            HelpName = "N",
            DefaultValueFactory = _ => 500,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed renders the same files.",
            HelpName = "N",
            DefaultValueFactory = _ => 17,
        };
        var scenes = new Command(
            "scenes",
            """
            Render coloured shapes with captions: training shards and held-out sets for zero-shot and retrieval.

            Example:
              pe data scenes --output runs/scenes --train 2000
            """)
        { output, train, test, seed };
        scenes.SetAction(result =>
        {
            var folder = result.GetRequiredValue(output);
            SceneDataset.Write(
                folder,
                result.GetValue(train),
                result.GetValue(test),
                result.GetValue(seed),
                cancellation: StopSignals.Current.Token);
            Console.WriteLine($"{result.GetValue(train):N0} training pairs and held-out sets in {folder}");
        });
        return scenes;
    }

    private static Command Robustness()
    {
        var data = new Option<string>("--data")
        {
            Description = "An evaluation set in CLIP-benchmark's layout.",
            HelpName = "DIR",
            Required = true,
        };
        var split = new Option<string>("--split")
        {
            Description = "Folder of the shards inside the data set.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "test",
        };
        var output = new Option<string>("--output") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed writes the same files.",
            HelpName = "N",
            DefaultValueFactory = _ => 17,
        };
        var robustness = new Command(
            "robustness",
            $"""
            Copy an evaluation set with its pictures changed, once for each of {string.Join(", ", RobustnessDataset.Names)}.

            Example:
              pe data robustness --data ../shared/data/cifar10-eval --output runs/cifar10-robustness
            """)
        { data, split, output, seed };
        robustness.SetAction(result =>
        {
            var folder = result.GetRequiredValue(output);
            var pictures = RobustnessDataset.Write(
                result.GetRequiredValue(data),
                result.GetRequiredValue(split),
                folder,
                result.GetValue(seed),
                Console.Error.WriteLine,
                StopSignals.Current.Token);
            Console.WriteLine($"{pictures:N0} pictures in each of {string.Join(", ", RobustnessDataset.Names)}: {folder}");
        });
        return robustness;
    }
}
