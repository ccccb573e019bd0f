using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval ...</c>: measures checkpoints.</summary>
internal static class EvalCommand
{
    public static Command Create() => new("eval", "Measure checkpoints.")
    {
        EvalZeroshotCommand.Create(),
        EvalRetrievalCommand.Create(),
        EvalProbeCommand.Create(),
        EvalCorrespondenceCommand.Create(),
        EvalDetectionCommand.Create(),
        EvalLayersCommand.Create(),
        EvalVqaCommand.Create(),
        EvalCompareCommand.Create(),
    };
}
