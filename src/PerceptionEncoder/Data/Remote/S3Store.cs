using System.Collections.Concurrent;
using System.IO.Enumeration;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace PerceptionEncoder.Data.Remote;

/// <summary>An object store that speaks S3.</summary>
internal static class S3Store
{
    private const string DefaultRegion = "us-east-1";

    /// <summary>One for the process, as connections are worth keeping.</summary>
    private static readonly ConcurrentDictionary<S3Options, Lazy<AmazonS3Client>> Clients = [];

    /// <summary>One object.</summary>
    /// <exception cref="UserErrorException">No address of one, or the options are not usable.</exception>
    public static S3Shard Source(string address, S3Options options)
    {
        var (bucket, key) = ShardAddress.Object(address);
        return new S3Shard(Client(options), bucket, key);
    }

    /// <summary>Whether an address stands for several objects: it ends as a folder does, or has wildcards.</summary>
    public static bool IsPattern(string address) => address.EndsWith('/') || address.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The objects that an address with wildcards stands for, or those right below a prefix, in ordinal order.</summary>
    /// <param name="address">See <see cref="IsPattern"/>.</param>
    /// <param name="options">Where the store is.</param>
    /// <param name="isWanted">Whether a key is one of a shard.</param>
    /// <param name="retries">How often a listing is tried.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="UserErrorException">The bucket cannot be listed.</exception>
    public static IReadOnlyList<string> List(
        string address,
        S3Options options,
        Func<string, bool> isWanted,
        ShardRetries retries,
        CancellationToken cancellation)
    {
        var (bucket, pattern) = ShardAddress.Object(address);
        var wildcard = pattern.AsSpan().IndexOfAny('*', '?');
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = wildcard < 0 ? pattern : pattern[..wildcard] };
        var parts = (pattern.EndsWith('/') || pattern.Length == 0 ? pattern + "*" : pattern).Split('/');
        var client = Client(options);
        var keys = new List<string>();
        do
        {
            var page = retries.Run(
                ShardAddress.Shown(address),
                cancellation => retries.Wait(
                    async cancellation =>
                    {
                        try
                        {
                            return await client.ListObjectsV2Async(request, cancellation).ConfigureAwait(false);
                        }
                        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException)
                        {
                            throw S3Shard.Translate(failure, $"{ShardAddress.Shown(address)}");
                        }
                    },
                    cancellation),
                null,
                cancellation).GetAwaiter().GetResult();
            keys.AddRange((page.S3Objects ?? []).Select(found => found.Key).Where(key => isWanted(key) && Matches(parts, key.Split('/'))));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);

        return [.. keys.Order(StringComparer.Ordinal).Select(key => $"s3://{bucket}/{key}")];
    }

    private static bool Matches(string[] pattern, string[] key)
        => pattern.Length == key.Length
            && pattern.Zip(key).All(pair => FileSystemName.MatchesSimpleExpression(pair.First, pair.Second, ignoreCase: false));

    /// <summary>The options with what the environment adds.</summary>
    public static S3Options Resolved(S3Options options)
        => options with
        {
            Endpoint = options.Endpoint ?? Environment("AWS_ENDPOINT_URL_S3") ?? Environment("AWS_ENDPOINT_URL"),
            Region = options.Region ?? Environment("AWS_REGION") ?? Environment("AWS_DEFAULT_REGION"),
        };

    private static AmazonS3Client Client(S3Options options)
        => Clients.GetOrAdd(Resolved(options), resolved => new Lazy<AmazonS3Client>(() => Create(resolved))).Value;

    private static AmazonS3Client Create(S3Options options)
    {
        var config = new AmazonS3Config
        {
            MaxErrorRetry = 0,                                  // retries and silence are watched where bytes are read
            Timeout = Timeout.InfiniteTimeSpan,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = Uri.TryCreate(endpoint, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                ? endpoint
                : throw new UserErrorException(
                    $"data.s3.endpoint: '{ShardAddress.Shown(endpoint)}' is not an address. Write https://host.");
            config.ForcePathStyle = true;
            config.AuthenticationRegion = options.Region ?? DefaultRegion;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region ?? DefaultRegion);
        }

        return options.Anonymous ? new AmazonS3Client(new AnonymousAWSCredentials(), config) : new AmazonS3Client(config);
    }

    private static string? Environment(string name)
        => System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
