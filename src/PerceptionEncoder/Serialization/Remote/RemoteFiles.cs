using System.Net.Http.Headers;
using System.Text.Json;

namespace PerceptionEncoder.Serialization.Remote;

/// <summary>
/// Files on the net, kept in a cache: <c>CACHE/host/owner/name/revision/file</c>. What is there is used without asking the server, also for a branch
/// that may have moved since (see <see cref="RemoteOptions.Refresh"/>).
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
        if (address.Url is { } url)
        {
            return await One(address, url, Path.Combine(options.Cache, SafeName(url.Authority), Path.Combine([.. url.AbsolutePath.Split('/').Select(SafeName)]) + SafeName(url.Query)), address.Sha256).ConfigureAwait(false);
        }

        var file = address.File ?? await ChooseFile(address, cancellation).ConfigureAwait(false);
        var path = await OfRepository(file, address.Sha256).ConfigureAwait(false);
        if (file.EndsWith(ShardedTensorFile.IndexSuffix, StringComparison.Ordinal))
        {
            var folder = file[..(file.LastIndexOf('/') + 1)];
            foreach (var shard in ShardedTensorFile.Shards(path))
            {
                await OfRepository(folder + shard, null).ConfigureAwait(false);
            }
        }

        return path;

        Task<string> OfRepository(string name, string? sha256)
            => One(address, new Uri($"{options.Endpoint.OriginalString.TrimEnd('/')}/{address.Repository}/resolve/{address.Revision}/{name}"), Path.Combine([Folder(address), .. name.Split('/')]), sha256);

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

    private string Folder(RemoteAddress address) => Path.Combine(options.Cache, SafeName(options.Endpoint.Authority), Path.Combine(address.Repository!.Split('/')), address.Revision);

    /// <summary>The weights of a repository: the usual names first, else the only file that can be weights.</summary>
    private async Task<string> ChooseFile(RemoteAddress address, CancellationToken cancellation)
    {
        var names = options.Offline || (Directory.Exists(Folder(address)) && !options.Refresh && Listed(Folder(address)).Length > 0) ? Listed(Folder(address)) : await ListRepository(address, cancellation).ConfigureAwait(false);
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
            throw new UserErrorException($"{address.Text}: {url} did not list the repository ({failure.Message}). Check the network, or append :FILE to the address.", failure);
        }
    }

    /// <summary>A part of an address as a file name.</summary>
    private static string SafeName(string part)
    {
        var name = new string([.. Uri.UnescapeDataString(part).Select(character => char.IsLetterOrDigit(character) || character is '.' or '-' or '_' ? character : '_')]);
        return name is "." or ".." ? "_" : name;
    }
}
