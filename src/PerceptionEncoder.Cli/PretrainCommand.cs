using System.CommandLine;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe pretrain</c>: contrastive pretraining from a config.</summary>
internal static class PretrainCommand
{
    public static Command Create() => TrainingCommand.Create<PretrainConfig>(
        "pretrain",
        """
        Pretrain both towers on image-text shards. Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

        Example:
          pe pretrain --config configs/pretrain/demo.yaml --set run.name=first
        """,
        (config, folder, console, resume) => new Pretrain(config, folder, console.Log, console.Show)
            .Run(resume, StopSignals.Current.Token));
}
