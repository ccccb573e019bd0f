using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Data.Remote;

/// <summary>Opens shards wherever they are: files of this machine, of web servers and object stores, and what commands write.</summary>
internal sealed record ShardAccess
{
    /// <summary>Requests at a time that ask whether shards are there.</summary>
    private const int LooksAtOnce = 32;

    private readonly S3Options s3;
    private readonly ShardRetries retries;

    /// <param name="retries">After the first attempt without a byte.</param>
    /// <param name="timeout">A source that is silent for so long has failed.</param>
    /// <param name="s3">Where s3:// is.</param>
    /// <param name="cache">Where shards of other machines are kept; null for nowhere.</param>
    /// <param name="pause">Before the first retry; one second where null.</param>
    /// <exception cref="UserErrorException">The folder of the cache cannot be made.</exception>
    public ShardAccess(int retries, TimeSpan timeout, S3Options? s3 = null, ShardCacheOptions? cache = null, TimeSpan? pause = null)
    {
        this.s3 = s3 ?? new S3Options();
        Cache = cache is null ? null : new ShardCache(cache);
        this.retries = new ShardRetries(retries, timeout, pause ?? TimeSpan.FromSeconds(1));
    }

    /// <summary>That of commands which have no options for it.</summary>
    public static ShardAccess Default { get; } = new(retries: 5, TimeSpan.FromMinutes(1));

    /// <summary>What shards must be; null where nobody has said.</summary>
    public ShardChecksums? Checksums { get; init; }

    /// <summary>Where shards of other machines are kept; null for nowhere.</summary>
    public ShardCache? Cache { get; init; }

    /// <summary>The bytes of a shard; CanSeek tells whether one may jump in them.</summary>
    /// <param name="shard">Path or address.</param>
    /// <param name="bufferSize">For a file.</param>
    /// <param name="report">Told why an address is opened again on the way; or null.</param>
    /// <param name="cancellation">Ends reads that wait for an address.</param>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be.</exception>
    /// <exception cref="UserErrorException">The address is none of a shard, or the cache cannot fetch it.</exception>
    public Stream Open(string shard, int bufferSize, Action<string>? report, CancellationToken cancellation)
    {
        var expected = Checksums?.Of(shard);
        if (InCache(shard, expected, report, cancellation) is { } file)
        {
            return file;
        }

        var stream = ShardAddress.IsAddress(shard)
            ? new ResumingStream(Source(shard), retries, report, cancellation)
            : UserFile.Open(shard, bufferSize);
        return expected is null ? stream : new CheckedStream(stream, ShardAddress.Shown(shard), expected);
    }

    /// <summary>Begins to fetch a shard into the cache, where there is one: what will be opened next.</summary>
    /// <returns>Ends when it is there, or cannot be: opening it says why.</returns>
    public Task Prefetch(string shard, CancellationToken cancellation)
        => Cache is null || !ShardAddress.IsAddress(shard)
            ? Task.CompletedTask
            : Task.Factory.StartNew(
                () =>
                {
                    try
                    {
                        InCache(shard, Checksums?.Of(shard), null, cancellation)?.Dispose();
                    }
                    catch (Exception failure) when (failure is UserErrorException or OperationCanceledException)
                    {
                        // Whoever opens it meets the same and reports it.
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);

    /// <summary>The objects that an <c>s3://</c> address with wildcards, or one that ends in a slash, stands for.</summary>
    /// <exception cref="UserErrorException">The bucket cannot be listed.</exception>
    public IReadOnlyList<string> List(string address, Func<string, bool> isWanted)
        => S3Store.List(address, s3, isWanted, retries, CancellationToken.None);

    /// <summary>Looks whether all of some addresses are there, without reading them, and all shards among the checksums.</summary>
    /// <exception cref="UserErrorException">Not so; says so of the first.</exception>
    public void Look(IReadOnlyList<string> shards)
    {
        var problems = new UserErrorException?[shards.Count];
        var isOutOfReach = false;
        Parallel.ForAsync(0, shards.Count, new ParallelOptions { MaxDegreeOfParallelism = LooksAtOnce }, async (i, cancellation) =>
        {
            if (Volatile.Read(ref isOutOfReach))
            {
                return;                                 // one that cannot be reached takes long, and thousands of them too long
            }

            try
            {
                Checksums?.Of(shards[i]);
                if (ShardAddress.IsAddress(shards[i]))
                {
                    var source = Source(shards[i]);
                    await retries.Run(source.Name, cancellation => Look(source, cancellation), null, cancellation).ConfigureAwait(false);
                }
            }
            catch (UserErrorException problem)
            {
                problems[i] = problem;
                Volatile.Write(ref isOutOfReach, isOutOfReach || problem.InnerException is ShardUnreachableException);
            }
        }).GetAwaiter().GetResult();
        if (Array.Find(problems, problem => problem is not null) is { } first)
        {
            var count = problems.Count(problem => problem is not null);
            throw count == 1 || isOutOfReach
                ? first
                : new UserErrorException($"{first.Message} It is the first of {count} like that among {problems.Length}.");
        }
    }

    private Task<bool> Look(IShardSource source, CancellationToken cancellation)
        => retries.Wait(
            async cancellation =>
            {
                await source.Look(cancellation).ConfigureAwait(false);
                return true;
            },
            cancellation);

    private Stream? InCache(string shard, string? expected, Action<string>? report, CancellationToken cancellation)
        => Cache is null || !ShardAddress.IsAddress(shard) || ShardAddress.IsPipe(shard)
            ? null
            : Cache.Open(
                ShardAddress.IsS3(shard) ? $"{S3Store.Resolved(s3).Endpoint} {shard}" : shard,
                ShardAddress.Shown(shard),
                expected,
                () => new ResumingStream(Source(shard), retries, report, cancellation),
                cancellation);

    private IShardSource Source(string address)
        => ShardAddress.IsPipe(address) ? new PipeShard(address)
            : RemoteOptions.FromEnvironment() is { Offline: true }
                ? throw new UserErrorException($"shard {ShardAddress.Shown(address)}: is not on this machine, and PE_OFFLINE is set.")
            : ShardAddress.IsS3(address) ? S3Store.Source(address, s3)
            : new HttpShard(address, RemoteOptions.FromEnvironment());
}
