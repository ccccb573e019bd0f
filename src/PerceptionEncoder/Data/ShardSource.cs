namespace PerceptionEncoder.Data;

/// <summary>The shard files of one source and their order in each epoch.</summary>
internal sealed class ShardSource
{
    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz"];
    private readonly ulong seed;

    /// <exception cref="UserErrorException">The pattern is malformed or a file is missing.</exception>
    public ShardSource(SourceOptions options, int index, ulong seed)
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
            throw new UserErrorException($"shards '{options.Shards}': no sample in any of {paths.Count} files{(fault is null ? "" : $", {fault}")}; check that they are tars of KEY.jpg and KEY.txt members.");
        }
    }

    /// <summary>Existing files of a pattern: braces first, then folders and wildcards, each sorted by ordinal.</summary>
    public static IReadOnlyList<string> Find(string pattern)
    {
        if (string.IsNullOrWhiteSpace(pattern))
        {
            throw new UserErrorException("shards is empty; give a path such as data/{00000..00004}.tar.");
        }

        var paths = new List<string>();
        var missing = new List<string>();
        foreach (var path in BraceExpansion.Expand(pattern))
        {
            var found = Matches(path);
            paths.AddRange(found);
            if (found.Count == 0)
            {
                missing.Add(path);
            }
        }

        return missing.Count == 0
            ? paths
            : throw new UserErrorException($"shards '{pattern}': {missing[0]} {Absence(missing[0])} ({missing.Count} missing in all); check the path and the range.");
    }

    /// <summary>Whether a file is a shard by its name.</summary>
    public static bool IsShard(string path) => Extensions.Any(path.EndsWith);

    private static IReadOnlyList<string> Matches(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        var folder = path;
        var name = "*";
        if (!Directory.Exists(path))
        {
            folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
            name = Path.GetFileName(path);
            if (name.AsSpan().IndexOfAny('*', '?') < 0 || !Directory.Exists(folder))
            {
                return [];
            }
        }

        return [.. Directory.GetFiles(folder, name).Where(IsShard).Order(StringComparer.Ordinal)];
    }

    private static string Absence(string path) => Directory.Exists(path) ? "holds no .tar file" : "does not exist";
}
