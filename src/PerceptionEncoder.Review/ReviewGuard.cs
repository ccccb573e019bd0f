using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace PerceptionEncoder.Review;

/// <summary>
/// Stands before everything: lets in whom the options let in, tells browsers how little the page may do, and answers for what goes wrong.
/// </summary>
/// <param name="options">Token and address.</param>
/// <param name="log">Takes a line for each fault of ours.</param>
internal sealed class ReviewGuard(ReviewServerOptions options, Action<string> log)
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string TokenParameter = "token";

    private string? said;

    public async Task Handle(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        try
        {
            await (Refusal(context) is { } refusal ? refusal.ExecuteAsync(context) : next(context)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked is gone.
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            await Answer(failure).ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            context.Abort();                                    // in the middle of a clip
        }
    }

    private IResult Answer(Exception failure)
    {
        switch (failure)
        {
            case BadHttpRequestException bad:
                return Problem.Of(bad.StatusCode, bad.Message);
            case UserErrorException problem:
                SayOnce(problem.Message);
                return Problem.Of(StatusCodes.Status503ServiceUnavailable, problem.Message);
            default:
                SayOnce($"internal error: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")}");
                return Problem.Of(StatusCodes.Status500InternalServerError, "The server has made a mistake; its window says which.");
        }
    }

    /// <summary>A page asks again until it has an answer; the log need not.</summary>
    private void SayOnce(string line)
    {
        if (Interlocked.Exchange(ref said, line) != line)
        {
            log(line);
        }
    }

    private IResult? Refusal(HttpContext context)
    {
        var request = context.Request;
        if (options.Token is null && !IsThisMachine(request.Host.Host))
        {
            // Another site's name that leads here, by which its pages would be let in.
            return Problem.Of(StatusCodes.Status421MisdirectedRequest, $"This server is not called {request.Host.Host}.");
        }

        // A form of another site can post, but not JSON.
        if (HttpMethods.IsPost(request.Method) && !request.HasJsonContentType())
        {
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType, "Only JSON is taken.");
        }

        return options.Token is { } token ? Enter(context, token) : null;
    }

    /// <summary>
    /// Takes the token from the address into a cookie, and out of the address whoever comes with it, so that it stays in no history.
    /// </summary>
    /// <returns>Null where the cookie is there.</returns>
    private static IResult? Enter(HttpContext context, string token)
    {
        var request = context.Request;
        var isKnown = IsSame(request.Cookies[CookieName(context)], token);
        var isEntry = request.Path == "/" && request.Query.ContainsKey(TokenParameter);
        if (isKnown && !isEntry)
        {
            return null;
        }

        if (!isKnown && !(isEntry && IsSame(request.Query[TokenParameter], token)))
        {
            return Problem.Of(
                StatusCodes.Status401Unauthorized,
                "Open the address that pe video-engine review has printed, with its token.");
        }

        context.Response.Cookies.Append(
            CookieName(context),
            token,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = TimeSpan.FromDays(30) });
        return Results.Redirect("/");
    }

    /// <summary>Cookies know hosts, not ports: each server of a host has its own.</summary>
    private static string CookieName(HttpContext context) => $"pe_review_{context.Connection.LocalPort}";

    private static bool IsSame(string? given, string token)
        => given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token));

    private static bool IsThisMachine(string host)
        => host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
