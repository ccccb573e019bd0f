using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval ...</c>: measures checkpoints.</summary>
internal static class EvalCommand
{
    public static Command Create() => CommandGroup.Of(
        "eval",
        "Measure checkpoints.",
        EvalZeroshotCommand.Create,
        EvalRetrievalCommand.Create,
        EvalProbeCommand.Create,
        EvalTrackingCommand.Create,
        EvalCorrespondenceCommand.Create,
        EvalDetectionCommand.Create,
        EvalLayersCommand.Create,
        EvalSegmentationCommand.Create,
        EvalDepthCommand.Create,
        EvalVqaCommand.Create,
        EvalCompareCommand.Create);
}
