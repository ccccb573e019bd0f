using System.Globalization;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>Where a shard ends: at so many samples or bytes, whichever comes first.</summary>
/// <param name="Samples">Most samples.</param>
/// <param name="Bytes">Most bytes, one sample at least.</param>
public readonly partial record struct ShardSize(long Samples, long Bytes)
{
    private static readonly string[] Units = ["", "k", "m", "g"];

    /// <summary>256 MB: few files, and enough of them for a shuffle of shards.</summary>
    public static ShardSize Default { get; } = new(long.MaxValue, 256_000_000);

    /// <summary>Reads a number of samples (<c>5000</c>) or of bytes (<c>256MB</c>, <c>1GiB</c>).</summary>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static ShardSize Parse(string text)
    {
        var match = Size().Match(text ?? "");
        if (!match.Success || !long.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw new UserErrorException($"shard size '{text}': give samples (5000) or bytes (256MB, 1GB).");
        }

        if (!match.Groups["unit"].Success)
        {
            return new ShardSize(number, long.MaxValue);
        }

        var power = Array.IndexOf(Units, match.Groups["prefix"].Value.ToLowerInvariant());
        var bytes = number * Math.Pow(match.Groups["binary"].Success ? 1024 : 1000, power);
        return bytes < long.MaxValue
            ? new ShardSize(long.MaxValue, (long)bytes)
            : throw new UserErrorException($"shard size '{text}': is more than any disk holds; give bytes such as 256MB.");
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => Bytes == long.MaxValue ? $"{Samples} samples" : $"{Bytes} bytes";

    [GeneratedRegex("^(?<number>[0-9]{1,18}) ?(?<unit>(?<prefix>[kmg])?(?<binary>i)?b)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Size();
}
