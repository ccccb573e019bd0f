using Microsoft.AspNetCore.Http;

namespace PerceptionEncoder.Review;

/// <summary>Why something was not done, in a sentence for the reviewer.</summary>
internal static class Problem
{
    public static IResult Of(int status, string text) => Results.Json(new { problem = VisibleText.Line(text) }, statusCode: status);
}
