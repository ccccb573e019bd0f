using System.CommandLine;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe distill</c>: a small model learns from a large one, from a config.</summary>
internal static class DistillCommand
{
    public static Command Create() => TrainingCommand.Create<DistillConfig>(
        "distill",
        """
        Train a student to give the teacher's similarities on image-text shards.
        Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

        Example:
          pe distill --config configs/distill/cifar10.yaml
        """,
        (config, folder, console, resume) => new Distill(config, folder, console.Log, console.Show).Run(resume, StopSignals.Current.Token));
}
