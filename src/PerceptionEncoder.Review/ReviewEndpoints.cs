using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Review;

/// <summary>What the page asks and tells: which clip is next, and what was decided.</summary>
internal static class ReviewEndpoints
{
    /// <param name="app">Gets the addresses.</param>
    /// <param name="session">Answers.</param>
    /// <param name="reviewer">Name that the page proposes.</param>
    public static void Map(WebApplication app, ReviewSession session, string? reviewer)
    {
        app.MapGet("/api/session", () => new { State = session.Id, Reviewer = reviewer ?? "", LeaseSeconds = session.Lease.TotalSeconds });
        app.MapPost("/api/take", (ReviewerRequest request) =>
        {
            request.Check();
            return new { Clip = session.Take(request.Client, request.Name), Progress = session.Progress(request.Name) };
        });
        app.MapPost("/api/renew", (ClipRequest request) =>
        {
            request.Check();
            return session.Renew(request.Client, request.Name, request.Clip)
                ? Results.NoContent()
                : Conflict("Your time for this clip had run out, and another reviewer has it now.");
        });
        app.MapPost("/api/decide", (DecideRequest request) =>
        {
            request.Check();
            return Decide(session, request);
        });
        app.MapPost("/api/undo", (ReviewerRequest request) =>
        {
            request.Check();
            var (undone, clip) = session.Undo(request.Client, request.Name);
            return undone.IsTaken
                ? Conflict("Another reviewer looks at that clip now; it cannot be taken back.")
                : Results.Ok(new
                {
                    Clip = clip,
                    Verdict = undone.Review?.Verdict,
                    Caption = undone.Review?.Caption,
                    Spans = undone.Review?.Spans,
                    Progress = session.Progress(request.Name),
                });
        });
        app.MapPost("/api/take-up-skipped", (ReviewerRequest request) =>
        {
            request.Check();
            return new { Clips = session.TakeUpSkipped(request.Name) };
        });
    }

    private static IResult Decide(ReviewSession session, DecideRequest request)
    {
        if (session.Sample(request.Clip) is not { } sample)
        {
            return Problem.Of(StatusCodes.Status404NotFound, "This clip is not reviewed here now.");
        }

        if (session.Draft(sample) != request.Draft)
        {
            return Conflict("The draft of this clip has changed since you saw it; look at it again.");
        }

        return session.Decide(request.Decision()) switch
        {
            DecisionOutcome.Taken => Conflict("Your time for this clip had run out, and another reviewer has it now."),
            DecisionOutcome.Closed => Conflict("This clip has been reviewed meanwhile."),
            _ => Results.Ok(new { Progress = session.Progress(request.Name) }),
        };
    }

    private static IResult Conflict(string problem) => Problem.Of(StatusCodes.Status409Conflict, problem);
}
