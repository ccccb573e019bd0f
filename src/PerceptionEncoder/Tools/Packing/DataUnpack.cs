using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// Unpacks shards to files and a table, the other way of <see cref="DataPack"/>: packing the table again gives the same samples. Nothing is
/// written outside of the output folder, whatever the shards name their members.
/// </summary>
/// <param name="options">What and where to.</param>
public sealed class DataUnpack(UnpackOptions options)
{
    private readonly BadSamples faults = new();
    private long leftOut;
    private long renamed;

    /// <summary>Name of the table in the output folder.</summary>
    public string TableName => $"table.{options.Format.ToString().ToLowerInvariant()}";

    /// <summary>Unpacks everything.</summary>
    /// <param name="log">Takes a line for each thing that cannot be used.</param>
    /// <param name="report">Told the number of samples so far.</param>
    /// <param name="cancellation">Stops between two samples; what is written stays, without the table.</param>
    /// <exception cref="UserErrorException">
    /// A shard is missing, the output is not empty or cannot be written, or a sample's key leads out of it.
    /// </exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public UnpackSummary Run(Action<string> log, Action<long>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        var parts = Parts();
        if (Directory.Exists(options.Output) && Directory.EnumerateFileSystemEntries(options.Output).Any())
        {
            throw new UserErrorException($"{options.Output}: is not empty. Name a new folder, or delete this one first.");
        }

        faults.Found += bad => log($"{bad.Shard}{(bad.Key is null ? "" : $", sample {bad.Key}")}: {bad.Detail}");
        AtomicFolder.Create(options.Output);
        var lists = Lists(parts[0].Shards[0]);
        var names = lists.Find(path => Path.GetFileName(path) == ClipBenchmarkFolder.ClassNamesFile);
        var hasSplits = parts[0].Name is not null;
        var columns = new UnpackedColumns(
            Usable(parts.SelectMany(part => Read(part.Shards, UnpackedColumns.Members))),
            names is null ? null : ClipBenchmarkFolder.ReadNames(names),
            hasSplits);
        var (table, samples) = (Path.Combine(options.Output, TableName), 0L);
        AtomicFile.Write(table, path => new TableWriter(options.Format, columns.Names).Write(path, Rows()));
        foreach (var list in lists)
        {
            var copy = Path.Combine(options.Output, Path.GetFileName(list));
            AtomicFolder.Attempt(copy, () => File.Copy(list, copy));
        }

        if (renamed > 0)
        {
            log($"{options.Output}: {renamed} samples have a key that came before; theirs end in ~2, ~3, ...");
        }

        return samples > 0
            ? new UnpackSummary(options.Output, table, samples, leftOut, [.. parts.Select(part => part.Name).OfType<string>()], renamed)
            : throw new UserErrorException($"{options.Shards}: holds no sample with an image or clip. Check the path.");

        IEnumerable<IReadOnlyList<JsonNode?>> Rows()
        {
            var keys = new KeyRegister();
            foreach (var part in parts)
            {
                foreach (var sample in Read(part.Shards, wanted: null))
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (Row(sample, part.Name, keys, columns) is { } row)
                    {
                        samples++;
                        yield return row;
                    }

                    report?.Invoke(samples);
                }
            }
        }
    }

    private IReadOnlyList<JsonNode?>? Row(Sample sample, string? split, KeyRegister keys, UnpackedColumns columns)
    {
        if (SampleKey.FileOf(sample.Key) is not { } place)
        {
            throw new UserErrorException($"{sample.Shard}, sample {VisibleText.Line(sample.Key)}: its key leads out of {options.Output}, "
                + "so that nothing more is unpacked. Do not trust these shards.");
        }

        if (Media(sample) is not { } media)
        {
            return LeaveOut(sample, $"no image or clip among {sample.List()}");
        }

        var key = keys.Next(place);
        renamed += key == place ? 0 : 1;
        IReadOnlyList<JsonNode?> row;
        try
        {
            row = columns.Row(sample, $"{key}.{media}", key, split);
        }
        catch (BadSampleException bad)
        {
            return LeaveOut(sample, bad.Message);
        }

        foreach (var (extension, data) in sample.Members.Where(member => !UnpackedColumns.Members.Contains(member.Key)))
        {
            WriteFile($"{key}.{extension}", data.Span);
        }

        return row;
    }

    private IReadOnlyList<JsonNode?>? LeaveOut(Sample sample, string why)
    {
        leftOut++;
        faults.AddFault(new BadSample("left out", sample.Shard, sample.Key, $"{why}; left out"));
        return null;
    }

    private void WriteFile(string name, ReadOnlySpan<byte> data)
    {
        var (path, bytes) = (Path.Combine(options.Output, name), data.ToArray());
        if (name == TableName)
        {
            throw new UserErrorException($"{options.Shards}: holds a member {name}, which is the table's name. Choose another --format.");
        }

        AtomicFolder.Attempt(path, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        });
    }

    private IEnumerable<Sample> Read(IEnumerable<string> shards, IReadOnlySet<string>? wanted)
        => SampleReader.ReadShards(shards, faults, wanted);

    /// <summary>Samples whose texts can be read; of the others the pass over the pictures tells.</summary>
    private static IEnumerable<Sample> Usable(IEnumerable<Sample> samples) => samples.Where(sample =>
    {
        try
        {
            _ = new UnpackedColumns([sample], null, hasSplits: false);
            return true;
        }
        catch (BadSampleException)
        {
            return false;
        }
    });

    private static string? Media(Sample sample)
        => MediaFiles.Images.Concat(MediaFiles.Videos).FirstOrDefault(sample.Members.ContainsKey)
            ?? sample.Members.Keys.FirstOrDefault(name => MediaFiles.IsImage($".{name}") || MediaFiles.IsVideo($".{name}"));

    /// <summary>The shards, by part where a folder holds folders of them.</summary>
    private (string? Name, IReadOnlyList<string> Shards)[] Parts()
    {
        if (Directory.Exists(options.Shards) && !Directory.EnumerateFiles(options.Shards).Any(ShardOrder.IsTar))
        {
            (string? Name, IReadOnlyList<string> Shards)[] parts =
            [
                .. Directory.EnumerateDirectories(options.Shards).Order(StringComparer.Ordinal)
                    .Where(folder => Directory.EnumerateFiles(folder).Any(ShardOrder.IsTar))
                    .Select(folder => ((string?)Path.GetFileName(folder), ShardOrder.Find(folder))),
            ];
            if (parts.Length > 0)
            {
                return parts;
            }
        }

        return [(null, ShardOrder.Find(options.Shards))];
    }

    /// <summary>Names of classes and prompts beside a shard or above its folder.</summary>
    private static List<string> Lists(string shard)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(shard))!;
        return
        [
            .. from name in new[] { ClipBenchmarkFolder.ClassNamesFile, ClipBenchmarkFolder.TemplatesFile }
                let path = new[] { folder, Path.GetDirectoryName(folder) ?? folder }
                    .Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists)
                where path is not null
                select path,
        ];
    }
}
