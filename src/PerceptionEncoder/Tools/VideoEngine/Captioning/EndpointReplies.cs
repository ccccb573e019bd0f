using System.Text;
using System.Text.Json;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>
/// Looks at what an endpoint sends before the client does, so that what is no answer gets a name: a proxy's page, nothing, no JSON, or
/// more than any caption.
/// </summary>
internal sealed class EndpointReplies(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const long MostBytes = 4 << 20;
    private const int MostShown = 120;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            return response;
        }

        try
        {
            await Check(response, cancellationToken).ConfigureAwait(false);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static async Task Check(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentLength > MostBytes)
        {
            throw Fault("over-long response", $"{response.Content.Headers.ContentLength} bytes");
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(MostBytes, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw Fault("over-long response", $"more than {MostBytes} bytes");
        }

        var body = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        if (Problem(body) is { } problem)
        {
            throw problem;
        }
    }

    private static CaptionFailureException? Problem(byte[] body)
    {
        var text = body.AsSpan().Trim(" \t\r\n\uFEFF"u8);
        if (text.IsEmpty)
        {
            return Fault("empty response", "no bytes");
        }

        if (text[0] == '<')
        {
            return Fault("HTML in place of an answer", Shown(text));
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("choices", out var choices)
                && choices.ValueKind == JsonValueKind.Array
                && choices.GetArrayLength() > 0
                ? null
                : Fault("no chat answer", Shown(text));
        }
        catch (JsonException)
        {
            return Fault("response is not JSON", Shown(text));
        }
    }

    private static string Shown(ReadOnlySpan<byte> text)
    {
        // Concealed before it is cut, or a part of a key would stay; a proxy may show the question's own headers.
        var line = VisibleText.Line(Secrets.Conceal(Encoding.UTF8.GetString(text).ReplaceLineEndings(" ")));
        return line.Length > MostShown ? line[..MostShown] : line;
    }

    private static CaptionFailureException Fault(string reason, string detail) => new(reason, detail) { MayPass = true };
}
