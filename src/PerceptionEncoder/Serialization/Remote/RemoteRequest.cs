using System.Net.Http.Headers;
using System.Text;

namespace PerceptionEncoder.Serialization.Remote;

/// <summary>Requests that follow redirects by hand, so that a token or a password goes to its own host only.</summary>
internal static class RemoteRequest
{
    private const int MaximumRedirects = 5;

    /// <summary>The answer of whoever is redirected to last, its headers read and its body not.</summary>
    /// <param name="client">Follows no redirects itself.</param>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="url">May hold a user and a password.</param>
    /// <param name="shown">What messages call it.</param>
    /// <param name="options">The token, and the host it is for.</param>
    /// <param name="prepare">Adds headers to each request.</param>
    /// <param name="see">Sees each answer, redirects too; or null.</param>
    /// <param name="cancellation">Ends waiting for an answer.</param>
    /// <exception cref="UserErrorException">Redirects that are not safe, or without end.</exception>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    public static async Task<HttpResponseMessage> Send(
        HttpClient client,
        HttpMethod method,
        Uri url,
        string shown,
        RemoteOptions options,
        Action<HttpRequestMessage> prepare,
        Action<HttpResponseMessage>? see,
        CancellationToken cancellation)
    {
        var next = url;
        for (var i = 0; i <= MaximumRedirects; i++)
        {
            using var request = new HttpRequestMessage(method, next);
            request.Headers.Authorization = Authorization(next, options);
            prepare(request);
            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            see?.Invoke(answer);
            if ((int)answer.StatusCode is < 300 or >= 400 || answer.Headers.Location is not { } location)
            {
                return answer;
            }

            answer.Dispose();
            next = new Uri(next, location);
            if (next.Scheme is not ("http" or "https") || (url.Scheme == "https" && next.Scheme == "http"))
            {
                throw new UserErrorException($"{shown}: {url.Host} redirects to {RemoteAddress.Shown(next.OriginalString)}, "
                    + "which is not a safe address. Check the address.");
            }
        }

        throw new UserErrorException($"{shown}: {url.Host} redirects in a circle. Check the address.");
    }

    private static AuthenticationHeaderValue? Authorization(Uri url, RemoteOptions options)
        => options.Token is { } token && url.Authority == options.Endpoint.Authority && url.Scheme == options.Endpoint.Scheme
            ? new AuthenticationHeaderValue("Bearer", token)
            : url.UserInfo is { Length: > 0 } user
                ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))))
            : null;
}
