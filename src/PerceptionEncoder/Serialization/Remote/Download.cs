using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace PerceptionEncoder.Serialization.Remote;

/// <summary>
/// One file on its way into the cache: <c>NAME.part</c> while it comes, continued after an interruption where the server's ETag shows that
/// it is still the same; then checked, flushed and renamed. The hash that was checked stays beside it as <c>NAME.sha256</c>.
/// </summary>
internal sealed class Download(
    HttpClient client,
    RemoteOptions options,
    RemoteAddress address,
    Uri url,
    string path,
    string? sha256,
    Action<DownloadProgress>? report)
{
    private const int ReportsEverySecond = 10;

    private readonly string part = path + ".part";
    private readonly string validator = path + ".part.etag";
    private readonly Stopwatch sinceReport = Stopwatch.StartNew();
    private string? expected = sha256;

    /// <summary>Whether a file of the cache is the cache's own.</summary>
    public static bool IsOwn(string name)
        => name.EndsWith(".part", StringComparison.Ordinal)
            || name.EndsWith(".etag", StringComparison.Ordinal)
            || name.EndsWith(".sha256", StringComparison.Ordinal)
            || name.EndsWith(".lock", StringComparison.Ordinal);

    public static async Task CheckKnownHash(RemoteAddress address, string path, string? sha256, CancellationToken cancellation)
    {
        if (sha256 is null)
        {
            return;
        }

        var known = path + ".sha256";
        var found = File.Exists(known)
            ? (await File.ReadAllTextAsync(known, cancellation).ConfigureAwait(false)).Trim()
            : await Hash(path, cancellation).ConfigureAwait(false);
        if (found != sha256)
        {
            throw new UserErrorException($"{address.Text}: the file in the cache, {path}, has SHA-256 {found}. "
                + "Delete it to fetch it again, or correct the address.");
        }
    }

    public static void CheckStatus(RemoteAddress address, Uri url, HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
        {
            throw new UserErrorException(answer.StatusCode switch
            {
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                    => $"{address.Text}: {url.Host} refuses access ({(int)answer.StatusCode}). "
                        + "Accept the model's terms on its page and set HF_TOKEN, or check the address.",
                HttpStatusCode.NotFound => $"{address.Text}: there is no {RemoteAddress.Shown(url.AbsoluteUri)} (404). Check the address.",
                _ => $"{address.Text}: {url.Host} answered {(int)answer.StatusCode} {ShownText.Of(answer.ReasonPhrase ?? "")}. "
                    + "Try again later.",
            });
        }
    }

    public async Task Run(CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var mine = await Lock(cancellation).ConfigureAwait(false);
            if (File.Exists(path) && !options.Refresh)
            {
                return;                             // another process was faster
            }

            await FetchWhole(cancellation).ConfigureAwait(false);
            await CheckHash(cancellation).ConfigureAwait(false);
            File.Move(part, path, overwrite: true);
            File.Delete(validator);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message}). Free space, or set PE_CACHE to a writable folder.",
                failure);
        }
    }

    private async Task FetchWhole(CancellationToken cancellation)
    {
        var delay = options.Delay / 2;
        for (var failures = 0; ;)
        {
            var before = PartLength();
            try
            {
                await FetchRest(cancellation).ConfigureAwait(false);
                return;
            }
            catch (Exception failure) when (failure is HttpRequestException or DroppedConnectionException
                || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                (failures, delay) = PartLength() > before ? (0, options.Delay) : (failures + 1, delay * 2);
                if (failures >= options.Attempts)
                {
                    throw new UserErrorException(
                        $"{address.Text}: could not be fetched from {url.Host} ({failure.Message.TrimEnd('.')}). "
                        + "Check the network and run again: what has come is kept. Or set HF_ENDPOINT to a mirror.",
                        failure);
                }
            }

            await Task.Delay(delay, cancellation).ConfigureAwait(false);
        }
    }

    private async Task FetchRest(CancellationToken cancellation)
    {
        var (have, tag) = Resumable();
        using var answer = await Ask(have, tag, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            if (have > 0 && answer.Content.Headers.ContentRange?.Length == have)
            {
                return;                             // everything had come already
            }

            File.Delete(part);
            throw new DroppedConnectionException("the server has another file now");
        }

        CheckStatus(address, url, answer);
        var range = answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange : null;
        have = range?.From == have ? have : 0;
        if (range is not null && range.From != have)
        {
            File.Delete(part);
            throw new DroppedConnectionException("the server sent another range than asked for");
        }

        await File.WriteAllTextAsync(validator, answer.Headers.ETag is { IsWeak: false } strong ? strong.Tag : "", cancellation)
            .ConfigureAwait(false);
        await Receive(answer, have, range?.Length ?? answer.Content.Headers.ContentLength, cancellation).ConfigureAwait(false);
    }

    private async Task Receive(HttpResponseMessage answer, long have, long? total, CancellationToken cancellation)
    {
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1 << 20);
        file.SetLength(have);
        file.Position = have;
        var body = await answer.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var buffer = new byte[1 << 16];
        int count;
        while ((count = await ReadSome(body, buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation).ConfigureAwait(false);
            have += count;
            if (report is not null && sinceReport.Elapsed.TotalSeconds > 1.0 / ReportsEverySecond)
            {
                report(new DownloadProgress(Path.GetFileName(path), have, total));
                sinceReport.Restart();
            }
        }

        file.Flush(flushToDisk: true);
        if (total is { } wanted && have != wanted)
        {
            throw new DroppedConnectionException($"{have} of {wanted} bytes came");
        }
    }

    /// <summary>
    /// Reads, and takes a fault or long silence of the other side for a dropped connection; faults of the disk stay what they are.
    /// </summary>
    private async Task<int> ReadSome(Stream body, byte[] buffer, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(options.Silence);
        try
        {
            return await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException
            || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new DroppedConnectionException("the connection was dropped", failure);
        }
    }

    /// <summary>Asks for what is missing, and reads the hash that the first answer may tell.</summary>
    private Task<HttpResponseMessage> Ask(long have, string tag, CancellationToken cancellation)
        => RemoteRequest.Send(
            client,
            HttpMethod.Get,
            url,
            address.Text,
            options,
            request =>
            {
                if (have > 0)
                {
                    request.Headers.Range = new RangeHeaderValue(have, null);
                    request.Headers.IfRange = new RangeConditionHeaderValue(new EntityTagHeaderValue(tag));
                }
            },
            answer => expected ??= LinkedHash(answer),
            cancellation);

    /// <summary>Hugging Face tells the SHA-256 of a large file as the ETag of what it links to.</summary>
    private static string? LinkedHash(HttpResponseMessage answer)
        => answer.Headers.TryGetValues("X-Linked-ETag", out var values)
            && values.First().Trim('"') is { Length: 64 } digits
            && digits.All(char.IsAsciiHexDigit)
            ? digits.ToLowerInvariant()
            : null;

    private async Task CheckHash(CancellationToken cancellation)
    {
        if (expected is null)
        {
            return;
        }

        var found = await Hash(part, cancellation).ConfigureAwait(false);
        if (found != expected)
        {
            File.Delete(part);
            File.Delete(validator);
            throw new UserErrorException($"{address.Text}: what came has SHA-256 {found}, expected {expected}. "
                + "Run again; if it stays so, the file or the address is wrong.");
        }

        await File.WriteAllTextAsync(path + ".sha256", found + "\n", cancellation).ConfigureAwait(false);
    }

    private (long Have, string Tag) Resumable()
    {
        var tag = File.Exists(validator) ? File.ReadAllText(validator) : "";
        return tag.Length > 0 ? (PartLength(), tag) : (0, "");
    }

    private long PartLength() => File.Exists(part) ? new FileInfo(part).Length : 0;

    private async Task<FileStream> Lock(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path + ".lock"))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation).ConfigureAwait(false);       // another process fetches it
            }
        }
    }

    private static async Task<string> Hash(string file, CancellationToken cancellation)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false));
    }

    private sealed class DroppedConnectionException(string message, Exception? cause = null) : Exception(message, cause);
}
