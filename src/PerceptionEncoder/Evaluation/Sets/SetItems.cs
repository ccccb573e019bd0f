using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>The items of a set in a fixed order, whatever its layout.</summary>
internal abstract class SetItems<T>
{
    /// <summary>The items, one pass.</summary>
    /// <param name="faults">Takes what is wrong with a shard as such, and what was passed over.</param>
    /// <param name="skip">So many are passed over unread.</param>
    public abstract IEnumerable<SetItem<T>> Read(BadSamples faults, long skip);

    /// <summary>How many items there are, without reading them.</summary>
    /// <exception cref="UserErrorException">A shard cannot be read.</exception>
    public abstract long Count();

    /// <summary>A hash of where the set is and how large its files are: whether an interrupted evaluation can go on.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Files())
        {
            hash.AppendData(Encoding.UTF8.GetBytes(ShardAddress.IsAddress(path)
                ? $"{ShardAddress.Shown(path)}\n"
                : $"{Path.GetFullPath(path)}\n{new FileInfo(path).Length}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The files that hold the items and what they are paired with.</summary>
    protected abstract IEnumerable<string> Files();
}
