using System.Text.RegularExpressions;

namespace PerceptionEncoder.Data.Remote;

/// <summary>What shards must be: a list as sha256sum writes it, of 64 hex digits and a name a line.</summary>
internal sealed partial class ShardChecksums
{
    private readonly Dictionary<string, string> hashes = [];

    /// <param name="file">The list.</param>
    /// <exception cref="UserErrorException">It cannot be read, or a line of it is none of such a list.</exception>
    public ShardChecksums(string file)
    {
        File = file;
        foreach (var (i, line) in UserText.Read(file).Split('\n').Index().Where(line => !string.IsNullOrWhiteSpace(line.Item)))
        {
            var match = Line().Match(line.TrimEnd('\r'));
            hashes[match.Groups["name"].Value] = match.Success
                ? match.Groups["hash"].Value.ToLowerInvariant()
                : throw new UserErrorException($"{file}:{i + 1}: is no line of a list of checksums. Write it with sha256sum *.tar.");
        }
    }

    /// <summary>The list.</summary>
    public string File { get; }

    /// <summary>The hash of a shard, in lower-case hex digits: that of its whole path, or of the end of it that the list has.</summary>
    /// <exception cref="UserErrorException">The list does not have it.</exception>
    public string Of(string shard)
    {
        var path = ShardAddress.PathOf(shard);
        for (var rest = path; ;)
        {
            if (hashes.TryGetValue(rest, out var hash) || hashes.TryGetValue($"./{rest}", out hash))
            {
                return hash;
            }

            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            rest = slash >= 0
                ? rest[(slash + 1)..]
                : throw new UserErrorException($"{File}: has no checksum of {ShardAddress.Shown(shard)}. Write it with sha256sum *.tar.");
        }
    }

    [GeneratedRegex(@"^\\?(?<hash>[0-9A-Fa-f]{64}) [ *](?<name>.+)$")]
    private static partial Regex Line();
}
