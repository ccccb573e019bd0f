using System.Net;
using System.Net.Http.Headers;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Data.Remote;

/// <summary>A shard of a web server.</summary>
internal sealed class HttpShard : IShardSource
{
    /// <summary>One for the process, as connections are worth keeping; new ones now and then, as names may move.</summary>
    private static readonly HttpClient Client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        })
    {
        Timeout = Timeout.InfiniteTimeSpan,             // silence is watched where bytes are read
    };

    private readonly Uri url;
    private readonly RemoteOptions options;

    /// <param name="address">Of the file, which may hold a user, a password and a query.</param>
    /// <param name="options">The token, and the host it is for.</param>
    /// <exception cref="UserErrorException">It is no address of a file.</exception>
    public HttpShard(string address, RemoteOptions options)
    {
        Name = ShardAddress.Shown(address);
        url = Uri.TryCreate(address, UriKind.Absolute, out var parsed) && parsed.AbsolutePath.Length > 1
            ? parsed
            : throw new UserErrorException($"{Name}: not the address of a shard. Write https://host/path/{{00000..00999}}.tar.");
        this.options = options;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public async Task<ShardBody> Open(long offset, string? version, CancellationToken cancellation)
    {
        var answer = await Send(HttpMethod.Get, offset, null, version, cancellation).ConfigureAwait(false);
        try
        {
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                throw new UserErrorException($"shard {Name}: has no byte {offset} any more: it was replaced while it was read. "
                    + "Resume once it stays as it is.");
            }

            Demand(answer);
            var range = answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange : null;
            var start = range?.From ?? 0;
            if (answer.StatusCode == HttpStatusCode.PartialContent && range?.From != offset)
            {
                throw new ShardUnreachableException("another range came than was asked for");
            }

            return new ShardBody(
                await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false),
                start,
                range is null ? answer.Content.Headers.ContentLength : range.Length,
                answer.Headers.ETag?.ToString() ?? answer.Content.Headers.LastModified?.ToString("R"),
                answer);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task Look(CancellationToken cancellation)
    {
        using (var answer = await Send(HttpMethod.Head, 0, null, null, cancellation).ConfigureAwait(false))
        {
            // A signed address is good for reading alone, and some servers know no other request.
            if (answer.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented))
            {
                Demand(answer);
                return;
            }
        }

        using var first = await Send(HttpMethod.Get, 0, last: 0, null, cancellation).ConfigureAwait(false);
        if (first.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Demand(first);
        }
    }

    private async Task<HttpResponseMessage> Send(
        HttpMethod method,
        long offset,
        long? last,
        string? version,
        CancellationToken cancellation)
    {
        try
        {
            return await RemoteRequest.Send(
                Client,
                method,
                url,
                $"shard {Name}",
                options,
                request =>
                {
                    if (offset == 0 && last is null)
                    {
                        return;
                    }

                    request.Headers.Range = new RangeHeaderValue(offset, last);
                    if (version?.StartsWith('"') == true)
                    {
                        request.Headers.IfRange = new RangeConditionHeaderValue(EntityTagHeaderValue.Parse(version));
                    }
                },
                null,
                cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException failure)
        {
            throw new ShardUnreachableException(failure.Message.TrimEnd('.'), failure);
        }
    }

    private void Demand(HttpResponseMessage answer)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        var said = $"{(int)answer.StatusCode} {ShownText.Of(answer.ReasonPhrase ?? "")}".TrimEnd();
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UserErrorException(
                $"shard {Name}: {url.Host} refuses access ({said}). Check the address and what it is signed with; a shard of Hugging Face "
                + "may want HF_TOKEN."),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new UserErrorException(
                $"shard {Name}: does not exist ({url.Host} answered {said}). Check the address and the range."),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
                => new ShardUnreachableException($"{url.Host} answered {said}") { RetryAfter = Patience(answer) },
            _ => new UserErrorException($"shard {Name}: {url.Host} answered {said}. Check the address."),
        };
    }

    private static TimeSpan? Patience(HttpResponseMessage answer)
        => answer.Headers.RetryAfter is { } wait ? wait.Delta ?? (wait.Date - DateTimeOffset.UtcNow) : null;
}
