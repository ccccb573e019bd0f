using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>
/// An OpenAI-compatible endpoint, pictures as JPEG data in the question. What may pass is tried again after growing pauses; what no retry
/// mends, such as a wrong key, stops the run.
/// </summary>
internal sealed partial class EndpointCaptioner : ICaptioner
{
    private const int JpegQuality = 90;
    private const int MostShown = 200;
    private const string NoKey = "none";
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(15);

    private readonly string place;
    private readonly CaptionerOptions options;
    private readonly TimeProvider clock;
    private readonly TimeSpan firstPause;
    private readonly CallPace pace;
    private readonly SemaphoreSlim calls;
    private readonly HttpClient http;
    private readonly HttpClientPipelineTransport transport;
    private readonly IChatClient client;
    private volatile bool hasSeen;

    /// <param name="place">Its key in the config, for messages.</param>
    /// <param name="options">Valid ones of an endpoint.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="clock">Tells the time and waits.</param>
    /// <param name="firstPause">Before the first retry; doubled each time. A second by null.</param>
    /// <exception cref="UserErrorException">The variable of the key is not set.</exception>
    public EndpointCaptioner(
        string place,
        CaptionerOptions options,
        Func<string, string?> environment,
        TimeProvider? clock = null,
        TimeSpan? firstPause = null)
    {
        (this.place, this.options) = (place, options);
        this.clock = clock ?? TimeProvider.System;
        this.firstPause = firstPause ?? TimeSpan.FromSeconds(1);
        pace = new CallPace(options.CallsPerMinute, this.clock);
        calls = new SemaphoreSlim(options.CallsAtOnce);
        var key = Key(environment);
        var address = new Uri(options.Address!);
        http = new HttpClient(new EndpointReplies(new SocketsHttpHandler
        {
            UseProxy = !address.IsLoopback,
            MaxConnectionsPerServer = options.CallsAtOnce,
        }))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        transport = new HttpClientPipelineTransport(http);
        client = new ChatClient(options.Model!, new ApiKeyCredential(key), new OpenAIClientOptions
        {
            Endpoint = address,
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
            Transport = transport,
        }).AsIChatClient();
    }

    /// <inheritdoc/>
    public string Model => options.Model!;

    /// <inheritdoc/>
    public async Task<CaptionAnswer?> AskAsync(CaptionQuestion question, Func<bool> mayBegin, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(mayBegin);
        var message = new ChatMessage(ChatRole.User, [
            new TextContent(question.Text),
            .. question.Pictures.Select(picture => new DataContent(JpegEncoder.Encode(picture, JpegQuality), "image/jpeg"))]);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await OnceAsync(message, question, mayBegin, cancellation).ConfigureAwait(false);
            }
            catch (CaptionFailureException failure) when (failure.MayPass && attempt < options.Retries)
            {
                await Task.Delay(Pause(failure, attempt), clock, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        transport.Dispose();
        http.Dispose();
        calls.Dispose();
    }

    private string Key(Func<string, string?> environment)
    {
        if (options.KeyVariable is not { } name)
        {
            return NoKey;
        }

        if (environment(name) is not { Length: > 0 } key)
        {
            throw new UserErrorException(
                $"{place}.key_variable: the environment variable {name} is not set. Set it to the endpoint's key.");
        }

        Secrets.Add(name, key);
        return key;
    }

    private async Task<CaptionAnswer?> OnceAsync(
        ChatMessage message,
        CaptionQuestion question,
        Func<bool> mayBegin,
        CancellationToken cancellation)
    {
        await calls.WaitAsync(cancellation).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await pace.WaitAsync(cancellation).ConfigureAwait(false);
            if (!mayBegin())
            {
                return null;
            }

            limit.CancelAfter(TimeSpan.FromSeconds(options.Timeout));
            var response = await client.GetResponseAsync(
                [message],
                new ChatOptions { MaxOutputTokens = options.MaxTokens, Temperature = (float)options.Temperature },
                limit.Token).ConfigureAwait(false);
            hasSeen |= question.Pictures.Count > 0;
            return Answer(response, question);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CaptionFailureException("time-out", $"no answer within {options.Timeout:0.###} s") { MayPass = true };
        }
        catch (Exception failure) when (Cause(failure) is CaptionFailureException fault)
        {
            throw fault;
        }
        catch (Exception failure) when (Cause(failure) is ClientResultException refused)
        {
            throw Fault(refused, question.Pictures.Count > 0);
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or UserErrorException))
        {
            // Whatever else a client makes of an answer that is not as the protocol says.
            throw new CaptionFailureException("no chat answer", Shown(failure.Message)) { MayPass = true };
        }
        finally
        {
            calls.Release();
        }
    }

    private static CaptionAnswer Answer(ChatResponse response, CaptionQuestion question)
    {
        var text = response.Text;
        return new CaptionAnswer(
            text,
            response.Usage?.InputTokenCount ?? TokenEstimate.Of(question),
            response.Usage?.OutputTokenCount ?? TokenEstimate.OfText(text.Length))
        {
            IsCut = response.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.Length,
            IsRefusal = response.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.ContentFilter
                || response.Messages.Any(answer => answer.Contents.OfType<ErrorContent>().Any()),
        };
    }

    private static Exception Cause(Exception failure)
        => failure is AggregateException several ? several.Flatten().InnerExceptions[0] : failure;

    /// <summary>What a status says: a stop, a failure of this question, or one that may pass.</summary>
    private Exception Fault(ClientResultException failure, bool hasPictures)
    {
        var (said, isTold) = EndpointError.Of(failure);
        said = Shown(said);
        var seesNothing = hasPictures && !hasSeen && isTold && failure.Status is not (408 or 409 or 429 or >= 502)
            && NoVision().IsMatch(said.Replace(options.Model!, "", StringComparison.OrdinalIgnoreCase));
        switch (failure.Status)
        {
            case 0:
                return new CaptionFailureException("no connection", $"{options.Address}: {said}") { MayPass = true };
            case 401 or 403:
                return new UserErrorException(options.KeyVariable is { } name
                    ? $"{place}: {options.Address} refuses the key in {name} (HTTP {failure.Status}). Set the right one, and run again."
                    : $"{place}: {options.Address} wants a key (HTTP {failure.Status}). Name its environment variable as key_variable.");
            case 404:
                return new UserErrorException(
                    $"{place}: {options.Address} knows no model '{options.Model}', or is no chat endpoint (HTTP 404: {said}). "
                    + "Check address and model.");
            case 408 or 409 or 429 or >= 500 when !seesNothing:
                var wait = RetryAfter(failure.GetRawResponse());
                if (failure.Status == 429 && wait is { } pause)
                {
                    pace.PauseFor(pause);
                }

                return new CaptionFailureException(failure.Status == 429 ? "rate limit" : $"HTTP {failure.Status}", said)
                {
                    MayPass = true,
                    RetryAfter = wait,
                };
            default:
                return seesNothing
                    ? new UserErrorException(
                        $"{place}: the model '{options.Model}' takes no pictures (HTTP {failure.Status}: {said}). Name one with vision.")
                    : new CaptionFailureException($"refused question (HTTP {failure.Status})", said);
        }
    }

    private TimeSpan? RetryAfter(PipelineResponse? response)
    {
        if (response?.Headers.TryGetValue("Retry-After", out var value) != true)
        {
            return null;
        }

        TimeSpan? wait = double.TryParse(value, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 1e6
            ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out var date) ? date - clock.GetUtcNow()
            : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestRetryAfter ? LongestRetryAfter : wait;
    }

    /// <summary>What the endpoint asks for; else growing, with some chance in it so that calls do not come back all at once.</summary>
    private TimeSpan Pause(CaptionFailureException failure, int attempt)
    {
        if (failure.RetryAfter is { } asked)
        {
            return asked;
        }

#pragma warning disable CA5394 // no secret depends on it
        var growing = firstPause * Math.Pow(2, Math.Min(attempt, 30)) * (0.75 + (0.5 * Random.Shared.NextDouble()));
#pragma warning restore CA5394
        return growing < LongestPause ? growing : LongestPause;
    }

    private static string Shown(string text)
    {
        var line = VisibleText.Line(Secrets.Conceal(text.ReplaceLineEndings(" ")));
        return line.Length > MostShown ? line[..MostShown] : line;
    }

    [GeneratedRegex("image|vision|multi-?modal|picture", RegexOptions.IgnoreCase)]
    private static partial Regex NoVision();
}
