using System.Net.Http.Headers;
using System.Text.Json;

namespace PerceptionEncoder.Serialization.Remote;

/// <summary>
/// Files on the net, kept in a cache: <c>CACHE/host/owner/name/revision/file</c>. A file that is there is used as it is, also where its branch
/// may have moved since (see <see cref="RemoteOptions.Refresh"/>).
/// </summary>
public sealed class RemoteFiles(RemoteOptions options) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(30) });

    /// <summary>The local path of a remote file, fetched first where the cache has it not; for an index, with all its shards.</summary>
    /// <param name="address">See <see cref="RemoteAddress"/>.</param>
    /// <param name="report">Told of bytes so far and in all, at most ten times a second; or null.</param>
    /// <param name="cancellation">Stops the download; what has come stays and is continued next time.</param>
    /// <exception cref="UserErrorException">It cannot be fetched, or is not what its hash says; one line says why and what to do.</exception>
    public string Fetch(string address, Action<DownloadProgress>? report, CancellationToken cancellation)
        => FetchAsync(RemoteAddress.Parse(address), report, cancellation).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<string> FetchAsync(RemoteAddress address, Action<DownloadProgress>? report, CancellationToken cancellation)
    {
        var url = address.Url ?? InRepository(address, address.File ?? await ChooseFile(address, cancellation).ConfigureAwait(false));
        var path = await One(address, url, InCache(address, url), address.Sha256).ConfigureAwait(false);
        if (path.EndsWith(ShardedTensorFile.IndexSuffix, StringComparison.Ordinal))
        {
            foreach (var shard in ShardedTensorFile.Shards(path))
            {
                await One(address, new Uri(url, shard), Path.Combine(Path.GetDirectoryName(path)!, shard), null).ConfigureAwait(false);
            }
        }

        return path;

        async Task<string> One(RemoteAddress of, Uri from, string to, string? sha256)
        {
            if (File.Exists(to) && !options.Refresh)
            {
                await Download.CheckKnownHash(of, to, sha256, cancellation).ConfigureAwait(false);
                return to;
            }

            if (options.Offline)
            {
                throw new UserErrorException($"{of.Text}: is not in the cache ({to}) and PE_OFFLINE is set. Fetch it once with a network, or copy it there.");
            }

            await new Download(client, options, of, from, to, sha256, report).Run(cancellation).ConfigureAwait(false);
            return to;
        }
    }

    private Uri InRepository(RemoteAddress address, string file) => new($"{Root(address)}{file}");

    private string Root(RemoteAddress address) => $"{options.Endpoint.OriginalString.TrimEnd('/')}/{address.Repository}/resolve/{address.Revision}/";

    private string InCache(RemoteAddress address, Uri url)
        => address.Repository is null
            ? Path.Combine(options.Cache, SafeName(url.Authority), Path.Combine([.. url.AbsolutePath.Split('/').Select(SafeName)]) + SafeName(url.Query))
            : Path.Combine([Folder(address), .. url.OriginalString[Root(address).Length..].Split('/')]);

    private string Folder(RemoteAddress address) => Path.Combine(options.Cache, SafeName(options.Endpoint.Authority), Path.Combine(address.Repository!.Split('/')), address.Revision);

    /// <summary>The weights of a repository: the usual names first, else the only file that can be weights.</summary>
    private async Task<string> ChooseFile(RemoteAddress address, CancellationToken cancellation)
    {
        var names = options.Offline ? Listed(Folder(address)) : await ListRepository(address, cancellation).ConfigureAwait(false);
        foreach (var usual in new[] { WeightsLocation.FileName, WeightsLocation.FileName + ShardedTensorFile.IndexSuffix })
        {
            if (names.Contains(usual))
            {
                return usual;
            }
        }

        string[][] kinds = [[".safetensors"], [".pt", ".pth", ".bin"]];
        var candidates = kinds.Select(kind => names.Where(name => kind.Contains(Path.GetExtension(name))).ToArray()).FirstOrDefault(found => found.Length > 0) ?? [];
        return candidates.Length == 1 ? candidates[0]
            : throw new UserErrorException(candidates.Length == 0
                ? $"{address.Text}: no weights {(options.Offline ? "in the cache, and PE_OFFLINE is set" : "in the repository")}. Append :FILE to the address."
                : $"{address.Text}: several files could be meant ({string.Join(", ", candidates.Take(10))}). Append :FILE to the address.");
    }

    /// <summary>Finished files of the cache.</summary>
    private static string[] Listed(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Where(name => !Download.IsOwn(name)).Order(StringComparer.Ordinal)]
        : [];

    private async Task<string[]> ListRepository(RemoteAddress address, CancellationToken cancellation)
    {
        var url = new Uri($"{options.Endpoint.OriginalString.TrimEnd('/')}/api/models/{address.Repository}/revision/{address.Revision}");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (options.Token is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            using var answer = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            Download.CheckStatus(address, url, answer);
            using var listing = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
            string[] names = [.. listing.RootElement.GetProperty("siblings").EnumerateArray().Select(file => file.GetProperty("rfilename").GetString()!)];
            return [.. names.Where(name => !name.StartsWith('/') && !name.Split('/', '\\').Any(part => part is "" or "." or "..")).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new UserErrorException($"{address.Text}: {url} did not list the repository ({failure.Message}). Check the network, append :FILE to the address, or set PE_OFFLINE=1 to use what the cache has.", failure);
        }
    }

    /// <summary>A part of an address as a file name.</summary>
    private static string SafeName(string part)
    {
        var name = new string([.. Uri.UnescapeDataString(part).Select(character => char.IsLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_')]);
        return name is "." or ".." ? "_" : name;
    }
}
