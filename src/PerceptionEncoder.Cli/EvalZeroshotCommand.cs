using System.CommandLine;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval zeroshot</c>: classification by the names of the classes.</summary>
internal static class EvalZeroshotCommand
{
    public static Command Create()
    {
        var options = new EvaluationCommandOptions("Sets: imagenet, imagenet-v2, imagenet-a, imagenet-r, imagenet-sketch, objectnet, "
            + "robustness (these six and their mean), or a folder.");
        var transform = EvaluationCommandOptions.Transform();
        var prompts = new Option<string?>("--prompts")
        {
            Description = "YAML file with templates and class_names, or folder of prompts, in the place of the set's own; "
                + "PE_PROMPTS names a folder for sets without.",
            HelpName = "PATH",
        };
        var command = new Command(
            "zeroshot",
            """
            Zero-shot classification: top-1, top-5 and mean per-class recall, with both image transforms and the better of them.

            Example:
              pe eval zeroshot scenes --checkpoint runs/demo --data runs/scenes/classification --json scenes.json
            """);
        options.AddTo(command, transform, prompts);
        command.SetAction(result => EvaluationConsole.Run(
            options.Plan(result, new EvaluationSetOptions
            {
                Type = EvaluationType.Zeroshot,
                Name = "",
                Data = "",
                Transform = result.GetValue(transform),
                Prompts = result.GetValue(prompts),
            }),
            options.Tables(result)));
        return command;
    }
}
