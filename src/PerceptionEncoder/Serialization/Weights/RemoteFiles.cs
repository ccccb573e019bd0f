using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Files on the net, kept in a cache: <c>CACHE/host/KEY/file</c>, where the key is a hash of all that the address has beside the file's
/// name, or of the repository and its revision, so that no two addresses share a file and neighbours stay beside each other. A file that is
/// there is used as it is, also where its branch may have moved since (see <see cref="RemoteOptions.Refresh"/>).
/// </summary>
public sealed class RemoteFiles(RemoteOptions options) : IDisposable
{
    private const int KeyDigits = 32;
    private const int LongestName = 60;

    private readonly HttpClient client = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(30) });

    /// <summary>The local path of a remote file, fetched first where the cache has it not; for an index, with all its shards.</summary>
    /// <param name="address">See <see cref="RemoteAddress"/>.</param>
    /// <param name="report">Told of bytes so far and in all, at most ten times a second; or null.</param>
    /// <param name="cancellation">Stops the download; what has come stays and is continued next time.</param>
    /// <exception cref="UserErrorException">
    /// It cannot be fetched, or is not what its hash says; one line says why and what to do.
    /// </exception>
    public string Fetch(string address, Action<DownloadProgress>? report, CancellationToken cancellation)
        => FetchAsync(RemoteAddress.Parse(address), report, cancellation).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<string> FetchAsync(RemoteAddress address, Action<DownloadProgress>? report, CancellationToken cancellation)
    {
        var file = address.File ?? (address.Url is null ? await ChooseFile(address, cancellation).ConfigureAwait(false) : null);
        var url = file is null ? address.Url! : InRepository(address, file);
        var path = await One(
            address,
            url,
            file is null ? InCache(url) : Path.Combine([Folder(address), .. file.Split('/')]),
            address.Sha256).ConfigureAwait(false);
        if (path.EndsWith(ShardedTensorFile.IndexSuffix, StringComparison.Ordinal))
        {
            foreach (var shard in ShardedTensorFile.Shards(path))
            {
                if (Download.IsOwn(shard))
                {
                    throw new UserErrorException($"{address.Text}: names the shard '{shard}', as files of the cache's own are called. "
                        + "Do not use an index from a source you do not trust.");
                }

                await One(address, new Uri(url, Uri.EscapeDataString(shard)), Path.Combine(Path.GetDirectoryName(path)!, shard), null)
                    .ConfigureAwait(false);
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
                throw new UserErrorException(
                    $"{of.Text}: is not in the cache ({to}) and PE_OFFLINE is set. Fetch it once with a network, or copy it there.");
            }

            await new Download(client, options, of, from, to, sha256, report).Run(cancellation).ConfigureAwait(false);
            return to;
        }
    }

    /// <summary>The address of a file, each part of its path escaped, so that what a listing names stays in its repository.</summary>
    private Uri InRepository(RemoteAddress address, string file)
        => new(Root(address) + string.Join('/', file.Split('/').Select(Uri.EscapeDataString)));

    private string Root(RemoteAddress address)
        => $"{options.Endpoint.OriginalString.TrimEnd('/')}/{address.Repository}/resolve/{address.Revision}/";

    private string InCache(Uri url)
        => Path.Combine(options.Cache, FileName(url.Authority), Key(new Uri(url, "./" + url.Query)), FileName(url.Segments[^1]));

    private string Folder(RemoteAddress address)
    {
        var root = new Uri(Root(address));
        return Path.Combine(
            options.Cache,
            FileName(root.Authority),
            FileName($"{address.Repository!.Replace('/', '-')}-{address.Revision}") + "-" + Key(root));
    }

    /// <summary>Tells addresses apart, scheme and query included; a user and a password are no part of it.</summary>
    private static string Key(Uri url)
        => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped))))[..KeyDigits];

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
        var candidates = kinds.Select(kind => names.Where(name => kind.Contains(Path.GetExtension(name))).ToArray())
            .FirstOrDefault(found => found.Length > 0)
            ?? [];
        return candidates.Length == 1 ? candidates[0]
            : throw new UserErrorException(candidates.Length == 0
                ? $"{address.Text}: no weights {(options.Offline ? "in the cache, and PE_OFFLINE is set" : "in the repository")}. "
                    + "Append :FILE to the address."
                : $"{address.Text}: several files could be meant ({string.Join(", ", candidates.Take(10).Select(ShownText.Of))}). "
                    + "Append :FILE to the address.");
    }

    /// <summary>Finished files of the cache.</summary>
    private static string[] Listed(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file))
            .Where(name => !Download.IsOwn(name))
            .Order(StringComparer.Ordinal)]
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
            return [.. listing.RootElement.GetProperty("siblings").EnumerateArray()
                .Select(file => file.GetProperty("rfilename").GetString()).OfType<string>()
                .Where(IsInside)
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception failure)
            when (failure is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException
                || (failure is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new UserErrorException(
                $"{address.Text}: {url.Host} did not list the repository ({failure.Message}). "
                + "Check the network, append :FILE to the address, or set PE_OFFLINE=1 to use what the cache has.",
                failure);
        }
    }

    /// <summary>
    /// Whether a name of a listing is that of a file in the repository, and not a way out of it or one of the cache's own.
    /// </summary>
    private static bool IsInside(string name)
        => !name.Any(character => char.IsControl(character) || character == '\\')
            && !name.Split('/').Any(part => part is "" or "." or "..")
            && !Download.IsOwn(name);

    /// <summary>A part of an address as a file name: another one for another part.</summary>
    private static string FileName(string part)
    {
        var name = Uri.EscapeDataString(Uri.UnescapeDataString(part));
        return name.Length > LongestName
            ? $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(part)))[..KeyDigits]}-{name[^LongestName..]}"
            : name is "" or "." or ".." || Download.IsOwn(name) ? name + "_"
            : name;
    }
}
