using System.CommandLine;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe align lang|spatial</c>: an encoder is aligned with a language model, or with dense tasks, from a config.</summary>
internal static class AlignCommand
{
    public static Command Create() => CommandGroup.Of(
        "align",
        "Align an encoder with a task, so that its last layer holds what lay hidden within.",
        Language,
        Spatial);

    private static Command Language() => TrainingCommand.Create<AlignLanguageConfig>(
        "lang",
        """
        Train encoder, projector and language model on dialogues about pictures: a warm-up of the projector, then all parts.
        Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

        Example:
          pe align lang --config configs/align/scenes.yaml
        """,
        (config, folder, console, resume) => new AlignLanguage(config, folder, console.Log, console.Show)
            .Run(resume, StopSignals.Current.Token));

    private static Command Spatial() => TrainingCommand.Create<AlignSpatialConfig>(
        "spatial",
        """
        Train an encoder's last layer to keep the directions of its own frozen inner layer, and to see as alike what SAM 2.1 sees so.
        Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

        Example:
          pe align spatial --config configs/align/pictures.yaml
        """,
        (config, folder, console, resume) => new AlignSpatial(config, folder, console.Log, console.Show)
            .Run(resume, StopSignals.Current.Token));
}
