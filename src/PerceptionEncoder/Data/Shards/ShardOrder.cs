using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Shards;

/// <summary>The shards of one source and their order in each epoch, or those of them that are dealt to one stream.</summary>
internal sealed class ShardOrder
{
    private static readonly string[] Extensions = [".tar", ".tar.gz", ".tgz"];
    private static readonly string[] OtherPackings = [".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lz4", ".tar.lz"];
    private readonly ulong seed;
    private readonly int stream;
    private readonly int streams = 1;

    /// <param name="options">Where the shards are.</param>
    /// <param name="index">Of the source among the configured ones.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="access">Opens addresses; null for the usual way.</param>
    /// <exception cref="UserErrorException">The pattern is malformed or a file is missing.</exception>
    public ShardOrder(SourceOptions options, int index, ulong seed, ShardAccess? access = null)
    {
        Options = options;
        Index = index;
        this.seed = seed;
        Access = Opens(options, access);
        Paths = Find(options.Shards, Access);
    }

    private ShardOrder(ShardOrder whole, int stream, int streams)
        => (Options, Index, seed, Access, Paths, this.stream, this.streams)
            = (whole.Options, whole.Index, whole.seed, whole.Access, whole.Paths, stream, streams);

    public SourceOptions Options { get; }

    /// <summary>Index among the configured sources.</summary>
    public int Index { get; }

    /// <summary>Every shard of the source, in the order of the pattern.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Opens the shards.</summary>
    public ShardAccess Access { get; }

    /// <summary>The pattern, as messages show it.</summary>
    public string Name => ShardAddress.Shown(Options.Shards);

    /// <summary>Streams that the shards are dealt to.</summary>
    public int Streams => streams;

    /// <summary>The part of one of several streams: in each epoch every so many-th shard, of which no other stream has any.</summary>
    /// <exception cref="UserErrorException">There are fewer shards than streams.</exception>
    public ShardOrder OfStream(int stream, int streams)
    {
        DemandShards(Options, Paths.Count, streams);
        return new ShardOrder(this, stream, streams);
    }

    /// <summary>The shards in the order of one epoch; of a source with resampling, which has one only, draw by draw.</summary>
    public IReadOnlyList<string> Order(int epoch)
    {
        if (Options.Resample)
        {
            return new ResampledShards(Paths, draw => Hash(RandomStream.ShardDraw, (ulong)draw));
        }

        var order = Paths.ToArray();
        var shuffle = SampleRandom.Mix(seed, (ulong)RandomStream.ShardOrder, (ulong)Index, (ulong)epoch, 0, 0);
        new SampleRandom(shuffle).Shuffle<string>(order);
        return streams == 1 ? order : [.. order.Where((_, i) => i % streams == stream)];
    }

    /// <summary>A random number of this source, and of this stream where there are several, for the given purpose and counters.</summary>
    public ulong Hash(RandomStream purpose, ulong epoch, ulong window = 0, ulong index = 0)
        => streams == 1
            ? SampleRandom.Mix(seed, (ulong)purpose, (ulong)Index, epoch, window, index)
            : SampleRandom.Mix(seed, (ulong)purpose, (ulong)Index, epoch, window, index, (ulong)stream);

    /// <summary>
    /// Looks whether every shard of a source is there and can be opened, and whether one holds a sample. Of addresses no more is read than
    /// one sample.
    /// </summary>
    /// <param name="options">The source.</param>
    /// <param name="access">Opens addresses; null for the usual way.</param>
    /// <param name="streams">How many streams the shards must suffice for.</param>
    /// <exception cref="UserErrorException">Not so; names the first that fails.</exception>
    public static void Check(SourceOptions options, ShardAccess? access = null, int streams = 1)
    {
        access = Opens(options, access) with { Cache = null };
        var paths = Find(options.Shards, access);
        DemandShards(options, paths.Count, streams);
        access.Look(paths);
        var faults = new BadSamples();
        string? fault = null;
        faults.Found += bad => fault ??= $"{bad.Shard}: {bad.Detail}";
        var isFound = false;
        foreach (var path in paths.Where(path => !isFound || !ShardAddress.IsAddress(path)))
        {
            using var reader = ShardReader.Open(path, faults, new HashSet<string>(), access);
            isFound = isFound || reader.Skip(1) == 1;
        }

        if (!isFound)
        {
            throw new UserErrorException($"shards '{ShardAddress.Shown(options.Shards)}': no sample in any of {paths.Count} "
                + $"files{(fault is null ? "" : $", {fault}")}; check that they are tars of KEY.jpg and KEY.txt members.");
        }
    }

    /// <summary>
    /// How many shards a source has, the sum of their bytes where they are files of this machine, and a hash of their names and sizes:
    /// tells whether two machines have the same.
    /// </summary>
    /// <param name="options">The source.</param>
    /// <param name="access">Lists object stores.</param>
    /// <exception cref="UserErrorException">The pattern is malformed, or names a file that is missing.</exception>
    public static string Describe(SourceOptions options, ShardAccess access)
    {
        var paths = Find(options.Shards, access);
        (string Name, long Bytes)[] shards = [.. paths.Select(path => ShardAddress.IsAddress(path)
            ? (ShardAddress.Shown(path), 0)
            : (Path.GetFileName(path), new FileInfo(path).Length))];
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', shards)));
        var bytes = shards.Sum(shard => shard.Bytes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{shards.Length} shards{(bytes > 0 ? $" of {bytes:N0} bytes" : "")} (names and sizes {Convert.ToHexStringLower(hash)[..8]})");
    }

    /// <summary>
    /// What a pattern stands for: braces first, then folders and wildcards, each sorted by ordinal. Of addresses, those of an object store
    /// have wildcards, and are there; no other is asked for.
    /// </summary>
    /// <param name="pattern">Of paths or addresses.</param>
    /// <param name="access">Lists object stores; null for the usual way.</param>
    /// <exception cref="UserErrorException">The pattern is malformed, or names a file that is missing.</exception>
    public static IReadOnlyList<string> Find(string pattern, ShardAccess? access = null)
    {
        if (string.IsNullOrWhiteSpace(pattern))
        {
            throw new UserErrorException("shards is empty; give a path such as data/{00000..00004}.tar.");
        }

        if (ShardAddress.IsPipe(pattern))
        {
            return BraceExpansion.ExpandRanges(pattern);
        }

        var paths = new List<string>();
        var missing = new List<string>();
        foreach (var path in BraceExpansion.Expand(pattern))
        {
            var found = ShardAddress.IsAddress(path) ? Addresses(path, access ?? ShardAccess.Default) : LocalShards.Find(path);
            paths.AddRange(found);
            if (found.Count == 0)
            {
                missing.Add(path);
            }
        }

        return missing.Count == 0
            ? paths
            : throw new UserErrorException($"shards '{ShardAddress.Shown(pattern)}': {ShardAddress.Shown(missing[0])} "
                + $"{LocalShards.Absence(missing[0])} ({missing.Count} missing in all); check the path and the range.");
    }

    /// <summary>Whether a file is a shard by its name.</summary>
    public static bool IsShard(string path) => EndsWith(path, Extensions);

    /// <summary>
    /// Whether a file is a tar by its name, packed in a way that is read or not: opening one that is not says what it is.
    /// </summary>
    public static bool IsTar(string path) => IsShard(path) || EndsWith(path, OtherPackings);

    private static IReadOnlyList<string> Addresses(string address, ShardAccess access)
    {
        if (ShardAddress.IsS3(address))
        {
            return S3Store.IsPattern(address) ? access.List(address, IsTar) : [address];
        }

        if (!ShardAddress.IsWeb(address))
        {
            ShardAddress.Refuse(address, $"shards are {ShardAddress.Forms}");
        }

        return !ShardAddress.PathOf(address).Contains('*')
            ? [address]
            : throw new UserErrorException($"shards '{ShardAddress.Shown(address)}': a web server cannot be asked what it has; "
                + "write a range such as {00000..00999}.tar in place of *.");
    }

    private static void DemandShards(SourceOptions options, int shards, int streams)
    {
        if (streams > shards && !options.Resample)
        {
            throw new UserErrorException($"data.streams is {streams}, and shards '{ShardAddress.Shown(options.Shards)}' are {shards}: "
                + "each stream needs one. Lower data.streams, make more and smaller shards, or set resample for this source.");
        }
    }

    private static ShardAccess Opens(SourceOptions options, ShardAccess? access)
        => (access ?? ShardAccess.Default) with { Checksums = options.Checksums is { } file ? new ShardChecksums(file) : null };

    private static bool EndsWith(string path, string[] endings)
        => ShardAddress.IsPipe(path)
            || endings.Any(end => ShardAddress.PathOf(path).EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
