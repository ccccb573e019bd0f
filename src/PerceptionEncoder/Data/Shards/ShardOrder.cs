using System.IO.Enumeration;
using System.Text.RegularExpressions;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Shards;

/// <summary>The shard files of one source and their order in each epoch.</summary>
internal sealed partial class ShardOrder
{
    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz"];
    private static readonly string[] OtherPackings = [".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lz4", ".tar.lz"];
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };
    private readonly ulong seed;

    /// <exception cref="UserErrorException">The pattern is malformed or a file is missing.</exception>
    public ShardOrder(SourceOptions options, int index, ulong seed)
    {
        Options = options;
        Index = index;
        this.seed = seed;
        Paths = Find(options.Shards);
    }

    public SourceOptions Options { get; }

    /// <summary>Index among the configured sources.</summary>
    public int Index { get; }

    /// <summary>Every shard, in the order of the pattern.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The shards in the order of one epoch.</summary>
    public string[] Order(int epoch)
    {
        var order = Paths.ToArray();
        new SampleRandom(Hash(RandomStream.ShardOrder, (ulong)epoch)).Shuffle<string>(order);
        return order;
    }

    /// <summary>A random number of this source for the given purpose and counters.</summary>
    public ulong Hash(RandomStream purpose, ulong epoch, ulong window = 0, ulong index = 0)
        => SampleRandom.Mix(seed, (ulong)purpose, (ulong)Index, epoch, window, index);

    /// <summary>Looks whether every shard of a source is there and can be opened, and whether one holds a sample.</summary>
    /// <exception cref="UserErrorException">Not so; names the first that fails.</exception>
    public static void Check(SourceOptions options)
    {
        var paths = Find(options.Shards);
        var faults = new BadSamples();
        string? fault = null;
        faults.Found += bad => fault ??= $"{bad.Shard}: {bad.Detail}";
        var isFound = false;
        foreach (var path in paths)
        {
            using var reader = new SampleReader(path, faults, new HashSet<string>());
            isFound = isFound || reader.Skip(1) == 1;
        }

        if (!isFound)
        {
            throw new UserErrorException($"shards '{options.Shards}': no sample in any of {paths.Count} "
                + $"files{(fault is null ? "" : $", {fault}")}; check that they are tars of KEY.jpg and KEY.txt members.");
        }
    }

    /// <summary>Existing files of a pattern: braces first, then folders and wildcards, each sorted by ordinal.</summary>
    /// <exception cref="UserErrorException">The pattern is malformed, an address, or names a file that is missing.</exception>
    public static IReadOnlyList<string> Find(string pattern)
    {
        if (string.IsNullOrWhiteSpace(pattern))
        {
            throw new UserErrorException("shards is empty; give a path such as data/{00000..00004}.tar.");
        }

        RequirePath(pattern);
        var paths = new List<string>();
        var missing = new List<string>();
        foreach (var path in BraceExpansion.Expand(pattern))
        {
            var found = Existing(path);
            paths.AddRange(found);
            if (found.Length == 0)
            {
                missing.Add(path);
            }
        }

        return missing.Count == 0
            ? paths
            : throw new UserErrorException(
                $"shards '{pattern}': {missing[0]} {Absence(missing[0])} ({missing.Count} missing in all); check the path and the range.");
    }

    /// <summary>Whether a file is a shard by its name.</summary>
    public static bool IsShard(string path) => Extensions.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whether a file is a tar by its name, packed in a way that is read or not: opening one that is not says what it is.
    /// </summary>
    public static bool IsTar(string path)
        => IsShard(path) || OtherPackings.Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a text is an address and no path.</summary>
    public static bool IsAddress(string text) => Address().IsMatch(text);

    /// <summary>Refuses an address, of which only scheme and host are shown: the rest may hold a password.</summary>
    /// <exception cref="UserErrorException">It is one.</exception>
    public static void RequirePath(string text)
    {
        if (Address().Match(text) is { Success: true } address)
        {
            var host = address.Groups["host"].Value;
            var shown = address.Groups["scheme"].Value + (host.Length > 0 ? $"://{host}" : ":");
            throw new UserErrorException(
                $"{shown}...: data is read from folders of this machine only. Download it first and name where it lies.");
        }
    }

    private static string[] Existing(string path)
    {
        try
        {
            return Matches(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"shards '{path}': a folder cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check its permissions.",
                failure);
        }
    }

    private static string[] Matches(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (Directory.Exists(path))
        {
            return Shards(path);
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path.AsSpan().IndexOfAny('*', '?') < 0
            ? []
            : [.. Matches(Path.IsPathRooted(path) ? "/" : "", parts).Order(StringComparer.Ordinal)];
    }

    /// <summary>Shards below a folder whose path from there matches some parts, and those in folders that do.</summary>
    private static IEnumerable<string> Matches(string folder, ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
        {
            return Shards(folder);
        }

        var (part, rest) = (parts[0], parts[1..].ToArray());
        if (part.AsSpan().IndexOfAny('*', '?') < 0)
        {
            var path = Path.Combine(folder, part);
            return Directory.Exists(path) ? Matches(path, rest) : rest.Length == 0 && File.Exists(path) && IsTar(path) ? [path] : [];
        }

        var options = part.StartsWith('.') ? new EnumerationOptions { AttributesToSkip = 0 } : Visible;
        var found = new DirectoryInfo(folder.Length > 0 ? folder : ".").EnumerateFileSystemInfos("*", options)
            .Where(entry => FileSystemName.MatchesSimpleExpression(part, entry.Name, ignoreCase: false)).ToArray();
        return [
            .. found.Where(entry => Directory.Exists(entry.FullName)).SelectMany(entry => Matches(Path.Combine(folder, entry.Name), rest)),
            .. found.Where(entry => rest.Length == 0 && File.Exists(entry.FullName) && IsTar(entry.Name))
                .Select(entry => Path.Combine(folder, entry.Name))];
    }

    private static string[] Shards(string folder)
        => [.. new DirectoryInfo(folder)
            .EnumerateFiles("*", Visible)
            .Select(file => Path.Combine(folder, file.Name))
            .Where(IsTar)
            .Order(StringComparer.Ordinal)];

    private static string Absence(string path)
        => !Directory.Exists(path) ? "does not exist"
            : MediaFiles.Count(Directory.EnumerateFiles(path)) is { Length: > 0 } others
                ? $"holds no .tar file, but {others}; pe data pack makes shards of tables and pictures"
            : "holds no .tar file";

    [GeneratedRegex(
        @"^(?<scheme>[A-Za-z][A-Za-z0-9+.-]+)(://([^?#]*@)?(?<host>[A-Za-z0-9.:-]*)|:(?<=(ftp|pipe|http|https|s3|gs):))",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Address();
}
