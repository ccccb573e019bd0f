using System.CommandLine;
using PerceptionEncoder.Data.Scenes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data scenes</c>: renders the embedded data set.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var train = new Option<int>("--train") { Description = "Training pairs.", HelpName = "N", DefaultValueFactory = _ => 20_000 };
        var test = new Option<int>("--test") { Description = "Held-out pairs of each evaluation set.", HelpName = "N", DefaultValueFactory = _ => 500 };
        var seed = new Option<ulong>("--seed") { Description = "The same seed renders the same files.", HelpName = "N", DefaultValueFactory = _ => 17 };
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
            SceneDataset.Write(folder, result.GetValue(train), result.GetValue(test), result.GetValue(seed), cancellation: StopSignals.Current.Token);
            Console.WriteLine($"{result.GetValue(train):N0} training pairs and held-out sets in {folder}");
        });
        return new Command("data", "Make data sets.") { scenes };
    }
}
