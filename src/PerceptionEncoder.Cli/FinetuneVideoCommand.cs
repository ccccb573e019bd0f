using System.CommandLine;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe finetune-video</c>: contrastive video finetuning from a config.</summary>
internal static class FinetuneVideoCommand
{
    public static Command Create() => TrainingCommand.Create<FinetuneVideoConfig>(
        "finetune-video",
        """
        Finetune a pretrained model on clips with captions. Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

        Example:
          pe finetune-video --config configs/finetune-video/clips.yaml --set run.name=first
        """,
        (config, folder, console, resume) => new FinetuneVideo(config, folder, console.Log, console.Show)
            .Run(resume, StopSignals.Current.Token));
}
