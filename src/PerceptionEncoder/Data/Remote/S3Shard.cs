using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Data.Remote;

/// <summary>A shard that is an object of a store.</summary>
/// <param name="client">Of the store.</param>
/// <param name="bucket">Where the object is.</param>
/// <param name="key">Its name there.</param>
internal sealed class S3Shard(IAmazonS3 client, string bucket, string key) : IShardSource
{
    /// <inheritdoc/>
    public string Name { get; } = ShardAddress.Shown($"s3://{bucket}/{key}");

    /// <inheritdoc/>
    public async Task<ShardBody> Open(long offset, string? version, CancellationToken cancellation)
    {
        // As a range from the first byte too: of a whole object the client takes the ETag for an MD5, which it is not in every store.
        var request = new GetObjectRequest
        {
            BucketName = bucket,
            Key = key,
            EtagToMatch = version,
            ByteRange = new ByteRange($"bytes={offset}-"),
        };
        try
        {
            var answer = await client.GetObjectAsync(request, cancellation).ConfigureAwait(false);
            var start = answer.HttpStatusCode == HttpStatusCode.PartialContent ? offset : 0;
            return new ShardBody(answer.ResponseStream, start, start + answer.ContentLength, answer.ETag, answer);
        }
        catch (AmazonServiceException empty) when (offset == 0 && empty.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return new ShardBody(Stream.Null, 0, 0, null);
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException)
        {
            throw Translate(failure, $"shard {Name}");
        }
    }

    /// <inheritdoc/>
    public async Task Look(CancellationToken cancellation)
    {
        try
        {
            var request = new GetObjectMetadataRequest { BucketName = bucket, Key = key };
            await client.GetObjectMetadataAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is AmazonServiceException or AmazonClientException)
        {
            throw Translate(failure, $"shard {Name}");
        }
    }

    /// <summary>What a failure of the store means.</summary>
    /// <param name="failure">As the client throws it.</param>
    /// <param name="name">What was asked for.</param>
    internal static Exception Translate(Exception failure, string name)
    {
        if (failure is not AmazonServiceException { StatusCode: not 0 } service)
        {
            return failure.GetBaseException() is IOException or HttpRequestException or System.Net.Sockets.SocketException
                ? new ShardUnreachableException(failure.GetBaseException().Message, failure)
                : new UserErrorException(
                    $"{name}: cannot be asked for ({ShownText.Of(failure.Message)}). Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a "
                    + "profile, or data.s3.anonymous for a public bucket.",
                    failure);
        }

        var said = $"{(int)service.StatusCode} {ShownText.Of(service.ErrorCode ?? service.StatusCode.ToString())}";
        return service.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UserErrorException(
                $"{name}: the store refuses access ({said}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or set data.s3.anonymous "
                + "for a public bucket.",
                failure),
            HttpStatusCode.NotFound => new UserErrorException(
                $"{name}: does not exist ({said}). Check bucket and key; an address that ends in / stands for all shards below it.",
                failure),
            HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable => new UserErrorException(
                $"{name}: was replaced while it was read ({said}). Resume once it stays as it is.",
                failure),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
                => new ShardUnreachableException($"the store answered {said}", failure),
            _ when service.ErrorCode is "RequestTimeout" or "SlowDown"
                => new ShardUnreachableException($"the store answered {said}", failure),
            _ => new UserErrorException(
                $"{name}: the store answered {said}. Check the address, data.s3.region and data.s3.endpoint.",
                failure),
        };
    }
}
