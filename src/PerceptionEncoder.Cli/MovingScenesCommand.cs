using System.CommandLine;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.Scenes.Moving;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data moving-scenes</c>: renders the embedded video set.</summary>
internal static class MovingScenesCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var train = new Option<int>("--train") { Description = "Training clips.", HelpName = "N", DefaultValueFactory = _ => 2_000 };
        var test = new Option<int>("--test")
        {
            Description = "Held-out clips of each evaluation set.",
            HelpName = "N",
            DefaultValueFactory = _ => 160,
        };
        var seed = new Option<ulong>("--seed")
        {
            Description = "The same seed renders the same files.",
            HelpName = "N",
            DefaultValueFactory = _ => 17,
        };
        var size = new Option<int>("--size")
        {
            Description = "Side of the pictures in pixels.",
            HelpName = "PIXELS",
            DefaultValueFactory = _ => SceneGenerator.DefaultSize,
        };
        var command = new Command(
            "moving-scenes",
            """
            Render clips of a moving shape with captions: training shards and held-out sets for zero-shot and retrieval.

            Example:
              pe data moving-scenes --output runs/moving-scenes --train 1000
            """)
        { output, train, test, seed, size };
        command.SetAction(result =>
        {
            var folder = result.GetRequiredValue(output);
            MovingSceneDataset.Write(
                folder,
                result.GetValue(train),
                result.GetValue(test),
                result.GetValue(seed),
                result.GetValue(size),
                StopSignals.Current.Token);
            Console.WriteLine($"{result.GetValue(train):N0} training clips and held-out sets in {folder}");
        });
        return command;
    }
}
