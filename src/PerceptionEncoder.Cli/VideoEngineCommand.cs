using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine review|export-reviews</c>: captions for clips, from raw ones to those that people found right.</summary>
internal static class VideoEngineCommand
{
    public static Command Create() => CommandGroup.Of(
        "video-engine",
        "Make captions for clips, and let people refine them.",
        VideoEngineReviewCommand.Create,
        VideoEngineExportReviewsCommand.Create);
}
