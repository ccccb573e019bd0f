using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine run|select|review|export-reviews</c>: captions for clips, by models and people.</summary>
internal static class VideoEngineCommand
{
    public static Command Create() => CommandGroup.Of(
        "video-engine",
        "Caption clips by models and people, for finetuning on them.",
        VideoEngineRunCommand.Create,
        VideoEngineSelectCommand.Create,
        VideoEngineReviewCommand.Create,
        VideoEngineExportReviewsCommand.Create);
}
