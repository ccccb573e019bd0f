using System.Text.RegularExpressions;
using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Data.Remote;

/// <summary>Tells addresses of shards from paths, and shows them without the passwords and tokens that they may hold.</summary>
internal static partial class ShardAddress
{
    private const string Pipe = "pipe:";
    private const string S3 = "s3://";

    /// <summary>What <c>data.train[].shards</c> and the other places for shards take.</summary>
    public const string Forms = "paths of this machine, https:// and http://, s3://BUCKET/KEY and pipe:COMMAND";

    /// <summary>Whether a text is an address of any kind and no path.</summary>
    public static bool IsAddress(string text) => Address().IsMatch(text);

    /// <summary>Whether it is that of a web server.</summary>
    public static bool IsWeb(string text)
        => text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is that of an object in a store.</summary>
    public static bool IsS3(string text) => text.StartsWith(S3, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is a command whose output is the shard.</summary>
    public static bool IsPipe(string text) => text.StartsWith(Pipe, StringComparison.OrdinalIgnoreCase);

    /// <summary>The command of a pipe.</summary>
    public static string Command(string text) => text[Pipe.Length..].Trim();

    /// <summary>Bucket and key of an object.</summary>
    /// <exception cref="UserErrorException">There is no bucket.</exception>
    public static (string Bucket, string Key) Object(string text)
    {
        var rest = text[S3.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? (rest[..slash], rest[(slash + 1)..])
            : throw new UserErrorException($"{Shown(text)}: names no object. Write s3://BUCKET/KEY, or s3://BUCKET/ for all of a bucket.");
    }

    /// <summary>An address as messages may show it, in one line; a path as it is.</summary>
    public static string Shown(string text) => IsAddress(text) ? RemoteAddress.Shown(text) : text;

    /// <summary>The part of an address that is like a path: without scheme, host, query and fragment. A path as it is.</summary>
    public static string PathOf(string text)
        => IsWeb(text) && Uri.TryCreate(text, UriKind.Absolute, out var url) ? Uri.UnescapeDataString(url.AbsolutePath)
            : IsS3(text) ? text[S3.Length..]
            : text;

    /// <summary>Refuses an address, of which only scheme and host are shown: the rest may hold a password.</summary>
    /// <param name="text">Perhaps an address.</param>
    /// <param name="taken">What is taken in its place.</param>
    /// <exception cref="UserErrorException">It is one.</exception>
    public static void Refuse(string text, string taken)
    {
        if (Address().Match(text) is { Success: true } address)
        {
            var host = address.Groups["host"].Value;
            var shown = address.Groups["scheme"].Value + (host.Length > 0 ? $"://{host}" : ":");
            throw new UserErrorException($"{shown}...: {taken}. Download it first and name where it lies.");
        }
    }

    [GeneratedRegex(
        @"^(?<scheme>[A-Za-z][A-Za-z0-9+.-]+)(://([^?#]*@)?(?<host>[A-Za-z0-9.:-]*)|:(?<=(ftp|pipe|http|https|s3|gs):))",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
