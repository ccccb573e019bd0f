using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>The samples of a set on disk in a fixed order, whatever its layout.</summary>
internal abstract class SampleSource
{
    /// <summary>Pixels around every image that are no part of it.</summary>
    public abstract int Border { get; }

    /// <summary>Tells the layout apart and opens it.</summary>
    /// <exception cref="UserErrorException">The folder is missing or is no set.</exception>
    public static SampleSource Open(EvaluationSetOptions set)
    {
        var hasShards = Directory.Exists(set.Data) && Directory.EnumerateDirectories(set.Data).Any(folder => ClipBenchmarkFolder.IsAt(folder, ""));
        return hasShards || set.Type == EvaluationType.Retrieval || !Directory.Exists(set.Data)
            ? new ShardSamples(ClipBenchmarkFolder.Open(set.Data, set.Split), NamedSet.Find(set.Name)?.Border ?? 0)
            : FolderSamples.Find(set) ?? throw new UserErrorException($"{set.Data}: is no evaluation set: it holds neither {set.Split}/nshards.txt nor a folder for each class. Check the path.");
    }

    /// <summary>The samples, one pass.</summary>
    /// <param name="faults">Takes what is wrong with a shard as such.</param>
    /// <param name="wanted">Extensions to read.</param>
    /// <param name="skip">So many are passed over unread.</param>
    public abstract IEnumerable<StoredSample> Read(BadSamples faults, IReadOnlySet<string> wanted, long skip);

    /// <summary>How many samples there are, without reading them.</summary>
    public abstract long Count();

    /// <summary>What of the set is passed over, a line each.</summary>
    public virtual IEnumerable<string> Notes() => [];

    /// <summary>A hash of where the set is and how large its files are: whether an interrupted evaluation can go on.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in Files())
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Path.GetFullPath(path)}\n{new FileInfo(path).Length}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The files that hold the samples.</summary>
    protected abstract IEnumerable<string> Files();
}
