using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>The shards of one part, written one after the other. A shard has its name once it is whole and on the disk.</summary>
/// <param name="folder">Of the output.</param>
/// <param name="split">Name of the part.</param>
/// <param name="size">Where a shard ends.</param>
/// <param name="journal">Knows the shards that are finished, and is told of others.</param>
internal sealed class SplitShards(string folder, string split, ShardSize size, PackJournal journal) : IDisposable
{
    private const int TarBlock = 512;

    private readonly List<BadRow> bad = [];
    private int index = journal.Shards.Count(shard => shard.Split == split);
    private ShardWriter? writer;
    private long samples;
    private long bytes;
    private long row;

    private string Target => Path.Combine(folder, split, $"{index:D5}.tar");

    /// <summary>Appends a sample, to a new shard where it does not fit any more.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Write(long number, string key, IReadOnlyList<(string Extension, ReadOnlyMemory<byte> Data)> members)
    {
        var length = members.Sum(member => TarBlock + ((member.Data.Length + TarBlock - 1L) / TarBlock * TarBlock));
        if (samples > 0 && (samples == size.Samples || bytes + length > size.Bytes))
        {
            Finish();
        }

        if (writer is null)
        {
            AtomicFolder.Create(Path.GetDirectoryName(Target)!);
            AtomicFolder.Attempt(Target, () => AtomicFolder.Remove(Target + ".partial"));
            writer = new ShardWriter(Target + ".partial");
        }

        writer.Write(key, members);
        (samples, bytes, row) = (samples + 1, bytes + length, number);
    }

    /// <summary>Notes a row whose file cannot be used.</summary>
    public void Add(BadRow fault)
    {
        bad.Add(fault);
        row = fault.Row;
    }

    /// <summary>Ends the shard that is open.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Finish()
    {
        if (writer is null)
        {
            return;
        }

        writer.Dispose();
        writer = null;
        var length = 0L;
        AtomicFolder.Attempt(Target, () =>
        {
            using (var file = new FileStream(Target + ".partial", FileMode.Open, FileAccess.ReadWrite))
            {
                file.Flush(flushToDisk: true);
                length = file.Length;
            }

            File.Move(Target + ".partial", Target, overwrite: true);
            LinuxFolders.Flush(Path.GetDirectoryName(Target)!);
        });
        journal.Add(new PackedShard(split, index, samples, length, row, [.. bad]));
        bad.Clear();
        (index, samples, bytes) = (index + 1, 0, 0);
    }

    /// <summary>Leaves an unfinished shard as it is; the next run makes it anew.</summary>
    public void Dispose() => writer?.Dispose();
}
