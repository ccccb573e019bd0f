using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>The small files beside the shards, which make the folder an evaluation set in CLIP-benchmark's layout too.</summary>
internal static class PackedFolder
{
    /// <summary>Writes the list of rows that were left out; none where there are none.</summary>
    public static void WriteBadRows(string folder, IEnumerable<BadRow> bad)
    {
        var path = Path.Combine(folder, Table.BadRowsFile);
        var rows = bad.OrderBy(row => row.Row)
            .Select(row => DelimitedWriter.Row(row.Place, row.Path, row.Reason, row.Detail)).ToArray();
        if (rows.Length > 0)
        {
            AtomicFile.WriteAllText(path, DelimitedWriter.Row("place", "path", "reason", "detail") + string.Concat(rows));
        }
        else
        {
            AtomicFolder.Attempt(path, () => File.Delete(path));
        }
    }

    /// <summary>Writes numbers of shards, names of classes, prompts, and what the set is for.</summary>
    /// <param name="folder">Of the output.</param>
    /// <param name="splits">The parts.</param>
    /// <param name="classes">Null without labels.</param>
    /// <param name="hasCaptions">Whether samples have captions.</param>
    /// <param name="prompts">A list of prompts; null where there is none.</param>
    public static void WriteLists(
        string folder,
        IReadOnlyList<PackedSplit> splits,
        ClassList? classes,
        bool hasCaptions,
        string? prompts)
    {
        foreach (var split in splits)
        {
            Write(Path.Combine(split.Name, ClipBenchmarkFolder.ShardCountFile), [split.Shards.ToString(CultureInfo.InvariantCulture)]);
        }

        if (classes?.Names is { } names)
        {
            Write(ClipBenchmarkFolder.ClassNamesFile, names);
            Write(
                ClipBenchmarkFolder.TemplatesFile,
                prompts is null ? [ClipBenchmarkFolder.PlainTemplate] : ClipBenchmarkFolder.ReadLines(prompts));
        }

        if (classes is null && hasCaptions)
        {
            Write(ClipBenchmarkFolder.TypeFile, ["retrieval"]);
        }

        void Write(string name, IEnumerable<string> lines)
            => AtomicFile.WriteAllText(
                Path.Combine(folder, name),
                string.Concat(lines.Select(line => line.ReplaceLineEndings(" ") + "\n")));
    }

    /// <summary>The parts that finished shards make, in the order given.</summary>
    public static IReadOnlyList<PackedSplit> Splits(string folder, IReadOnlyList<PackedShard> shards)
        => [.. shards.GroupBy(shard => shard.Split).OrderBy(split => split.Key, StringComparer.Ordinal).Select(split => new PackedSplit(
            split.Key,
            split.Sum(shard => shard.Samples),
            split.Count(),
            split.Sum(shard => shard.Bytes),
            Path.Combine(folder, split.Key, split.Count() == 1 ? "00000.tar" : $"{{00000..{split.Count() - 1:D5}}}.tar")))];
}
