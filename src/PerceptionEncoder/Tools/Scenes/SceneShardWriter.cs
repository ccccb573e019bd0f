using System.Formats.Tar;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// Writes tar shards that are the same from run to run: samples are made on all cores and stored in order, with no clock or user in the
/// headers.
/// </summary>
internal sealed class SceneShardWriter(ulong seed, int size, IProgress<int>? progress, CancellationToken cancellation)
{
    private const int SamplesAtOnce = 512;
    private int written;

    /// <summary>Seed of the set.</summary>
    public ulong Seed => seed;

    /// <summary>Side of the pictures.</summary>
    public int Size => size;

    /// <summary>Writes one shard; it has its name only once it is complete.</summary>
    public void Write(string path, int count, Func<int, SceneMember[]> sample)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var unfinished = path + ".partial";
        AtomicFolder.Remove(unfinished);
        using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20))
        using (var tar = new TarWriter(stream, TarEntryFormat.Ustar))
        {
            var made = new SceneMember[SamplesAtOnce][];
            for (var first = 0; first < count; first += SamplesAtOnce)
            {
                var many = Math.Min(SamplesAtOnce, count - first);
                Parallel.For(
                    0,
                    many,
                    new ParallelOptions { CancellationToken = cancellation },
                    within => made[within] = sample(first + within));
                foreach (var member in made.Take(many).SelectMany(members => members))
                {
                    Store(tar, member);
                }

                written += many;
                progress?.Report(written);
            }
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static void Store(TarWriter tar, SceneMember member)
    {
        using var content = new MemoryStream(member.Content, writable: false);
        tar.WriteEntry(
            new UstarTarEntry(TarEntryType.RegularFile, member.Name) { DataStream = content, ModificationTime = DateTimeOffset.UnixEpoch });
    }
}
