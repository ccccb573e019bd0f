using System.CommandLine;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval retrieval</c>: images by captions and captions by images.</summary>
internal static class EvalRetrievalCommand
{
    public static Command Create()
    {
        var options = new EvaluationCommandOptions("Sets: folders, or their names in the folder of all sets.");
        var transform = EvaluationCommandOptions.Transform();
        var picture = new Option<string?>("--picture")
        {
            Description = "Write a PNG of images of the first set with the captions that the first checkpoint retrieves.",
            HelpName = "FILE",
        };
        var command = new Command(
            "retrieval",
            """
            Image-to-text and text-to-image retrieval: recall at 1, 5 and 10, with and without softmax reweighting,
            with both image transforms and the better of them.

            Example:
              pe eval retrieval scenes --checkpoint runs/demo --data runs/scenes/retrieval --picture retrieval.png
            """);
        options.AddTo(command, transform, picture);
        command.SetAction(result =>
        {
            var plan = options.Plan(
                result,
                new EvaluationSetOptions { Type = EvaluationType.Retrieval, Name = "", Data = "", Transform = result.GetValue(transform) });
            var shown = result.GetValue(picture) is null ? null : RetrievalPicture.Open(plan.Locate()[0]);
            EvaluationConsole.Run(plan, options.Tables(result), shown is null ? null : () =>
            {
                using var encoder = ClipEncoder.Open(plan.Checkpoints[0], plan.Compute, plan.Precision, plan.ImageSize, plan.Vocabulary);
                shown.Write(result.GetRequiredValue(picture)!, encoder, StopSignals.Current.Token);
            });
        });
        return command;
    }
}
