using System.CommandLine;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.Scenes.Questions;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data scene-questions</c>: renders the embedded set of questions.</summary>
internal static class SceneQuestionsCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "Folder to write.", HelpName = "DIR", Required = true };
        var train = Count("--train", "Training questions.", 100_000);
        var captions = Count("--captions", "Pictures with captions, for the projector's warm-up.", 10_000);
        var test = Count("--test", $"Held-out questions; of a multiple of {SceneQuestions.Cycle} all answers have equal shares.", 1_200);
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
            "scene-questions",
            """
            Render coloured shapes with questions about them (count, colour, place, relation, yes or no), in the form of dialogues:
            training shards, captions, and held-out questions.

            Example:
              pe data scene-questions --output runs/scene-questions --train 5000
            """)
        { output, train, captions, test, seed, size };
        command.SetAction(result =>
        {
            var folder = result.GetRequiredValue(output);
            SceneQuestionDataset.Write(
                folder,
                result.GetValue(train),
                result.GetValue(captions),
                result.GetValue(test),
                result.GetValue(seed),
                result.GetValue(size),
                cancellation: StopSignals.Current.Token);
            Console.WriteLine($"{result.GetValue(train):N0} training questions, {result.GetValue(captions):N0} captions and "
                + $"{result.GetValue(test):N0} held-out questions in {folder}; guessing gets {100 * SceneQuestions.Prior:0.0}% right");
        });
        return command;
    }

    private static Option<int> Count(string name, string description, int count)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => count };
}
