using System.Security.Cryptography;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>Tells weights apart by their bytes.</summary>
public static class WeightsHash
{
    /// <summary>SHA-256 of a weights file, in lower-case hex; of an index, over the index and its shards one after the other.</summary>
    /// <param name="file">A file, as <see cref="WeightsLocation.Find"/> gives it.</param>
    public static string Of(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var folder = Path.GetDirectoryName(file) ?? "";
        IEnumerable<string> shards = file.EndsWith(ShardedTensorFile.IndexSuffix, StringComparison.Ordinal)
            ? ShardedTensorFile.Shards(file).Order(StringComparer.Ordinal)
            : [];
        var buffer = new byte[1 << 20];
        foreach (var part in shards.Select(shard => Path.Combine(folder, shard)).Prepend(file))
        {
            using var stream = RegularFile.OpenRead(part);
            int count;
            while ((count = stream.Read(buffer)) > 0)
            {
                hash.AppendData(buffer.AsSpan(0, count));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
