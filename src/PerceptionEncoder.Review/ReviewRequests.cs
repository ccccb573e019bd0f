using Microsoft.AspNetCore.Http;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Review;

/// <summary>Who asks.</summary>
/// <param name="Client">The browser: a name that it has made up and keeps.</param>
/// <param name="Reviewer">The person, as typed.</param>
internal record ReviewerRequest(string Client, string Reviewer)
{
    private const int LongestName = 80;

    /// <summary>The person's name without what could not be shown.</summary>
    public string Name { get; } = CaptionText.Clean(Reviewer)?.ReplaceLineEndings(" ").Replace('\t', ' ') ?? "";

    /// <exception cref="BadHttpRequestException">It is no browser and person.</exception>
    public virtual void Check()
    {
        Require(IsIdentifier(Client), "client is no name of letters, digits and hyphens");
        Require(Name.Length is > 0 and <= LongestName, $"a reviewer's name has 1 to {LongestName} characters");
    }

    protected static bool IsIdentifier(string text)
        => text.Length is > 0 and <= 64 && text.All(character => char.IsAsciiLetterOrDigit(character) || character == '-');

    protected static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new BadHttpRequestException($"The request is refused: {problem}.");
        }
    }
}

/// <summary>Who asks, about which clip.</summary>
internal record ClipRequest(string Client, string Reviewer, long Clip) : ReviewerRequest(Client, Reviewer);

/// <summary>A decision as the page sends it.</summary>
internal sealed record DecideRequest(
    string Client,
    string Reviewer,
    long Clip,
    string Request,
    ReviewVerdict Verdict,
    string Draft,
    string? Caption,
    IReadOnlyList<FlaggedSpan> Spans,
    double Seconds)
    : ClipRequest(Client, Reviewer, Clip)
{
    private const int MostSpans = 500;
    private const double LongestSeconds = 86_400;

    /// <inheritdoc/>
    public override void Check()
    {
        base.Check();
        Require(IsIdentifier(Request), "request is no name of letters, digits and hyphens");
        Require(Draft.Length <= CaptionText.Longest, "the draft is too long");
        Require((Caption?.Length ?? 0) <= CaptionText.Longest, $"a caption has {CaptionText.Longest} characters at most");
        Require(Verdict != ReviewVerdict.Edited || CaptionText.Clean(Caption ?? "") is not null, "an edited caption must not be empty");
        Require(Verdict != ReviewVerdict.Flagged || Spans.Count > 0, "no words are flagged");
        Require(Verdict != ReviewVerdict.Accepted || Spans.Count == 0, "a draft with flagged words cannot be accepted");
        Require(Spans.Count <= MostSpans, $"more than {MostSpans} runs of words are flagged");
        var end = 0;
        foreach (var span in Spans)
        {
            Require(span.Start >= end && span.Length > 0 && span.Length <= Draft.Length - span.Start, "flagged words are not in the draft");
            end = span.Start + span.Length;
        }
    }

    /// <summary>The same as the state keeps it.</summary>
    public ReviewDecision Decision() => new(
        Request,
        Client,
        Name,
        Clip,
        Verdict,
        Draft,
        Verdict switch
        {
            ReviewVerdict.Accepted => Draft,
            ReviewVerdict.Edited => CaptionText.Clean(Caption!),
            _ => null,
        },
        Spans,
        double.IsFinite(Seconds) ? Math.Clamp(Seconds, 0, LongestSeconds) : 0);
}
