namespace PerceptionEncoder.Data.Remote;

/// <summary>
/// Where <c>s3://</c> is. Keys are taken from where Amazon's programs take them: <c>AWS_ACCESS_KEY_ID</c> and
/// <c>AWS_SECRET_ACCESS_KEY</c>, a profile, or the machine's role.
/// </summary>
public sealed record S3Options
{
    /// <summary>
    /// Address of a store that speaks S3, such as <c>https://minio.example:9000</c>; left out, <c>AWS_ENDPOINT_URL_S3</c> or
    /// <c>AWS_ENDPOINT_URL</c> names it, else it is Amazon's.
    /// </summary>
    public string? Endpoint { get; init; }

    /// <summary>Region of the buckets; left out, <c>AWS_REGION</c> or <c>AWS_DEFAULT_REGION</c> names it, else us-east-1.</summary>
    public string? Region { get; init; }

    /// <summary>Asks without keys, which public buckets allow.</summary>
    public bool Anonymous { get; init; }
}
