using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Review;

/// <summary>The pictures of a clip: its file, in which a browser may jump, or single frames.</summary>
internal static class MediaEndpoints
{
    private static readonly Dictionary<string, string> Types = new()
    {
        ["mp4"] = "video/mp4",
        ["m4v"] = "video/mp4",
        ["webm"] = "video/webm",
        ["mkv"] = "video/x-matroska",
        ["mov"] = "video/quicktime",
        ["qt"] = "video/quicktime",
        ["avi"] = "video/x-msvideo",
    };

    public static void Map(WebApplication app, ReviewSession session)
    {
        app.MapGet("/media/{clip:long}/clip", (long clip) => session.Sample(clip) is { ClipExtension: { } extension } sample
            ? Results.Stream(sample.Shard.Open(sample.Members[extension]), Types[extension], enableRangeProcessing: true)
            : Results.NotFound());
        app.MapGet("/media/{clip:long}/frames", (long clip) => session.Sample(clip) is { } sample
            ? Results.Ok(new { session.Frames(clip, sample).Count })
            : Results.NotFound());
        app.MapGet("/media/{clip:long}/frames/{index:int}", (long clip, int index)
            => session.Sample(clip) is { } sample && session.Frames(clip, sample).ElementAtOrDefault(index) is { } frame
                ? Results.Bytes(frame.File, frame.Type)
                : Results.NotFound());
    }
}
