using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tools.VideoEngine.Clips;

/// <summary>
/// The clips that a config names, always in one order. They are listed once, without reading any; then those that are wanted are read one
/// after the other.
/// </summary>
internal sealed class ClipSource
{
    private static readonly HashSet<string> NoMembers = [];

    private readonly ClipSourceOptions options;
    private readonly string root;
    private readonly IReadOnlyList<string> shards;
    private readonly Func<IEnumerable<(string Path, TableRow? Row)>> files;
    private readonly List<ClipEntry> entries = [];
    private readonly List<int> countByShard = [];

    private ClipSource(
        ClipSourceOptions options,
        string root,
        IReadOnlyList<string> shards,
        Func<IEnumerable<(string Path, TableRow? Row)>> files)
        => (this.options, this.root, this.shards, this.files) = (options, root, shards, files);

    /// <summary>Takes damage of shards.</summary>
    public BadSamples Faults { get; } = new();

    /// <summary>All clips in order.</summary>
    public IReadOnlyList<ClipEntry> Entries => entries;

    /// <summary>Finds out what is there and lists its clips.</summary>
    /// <exception cref="UserErrorException">Nothing is there, it cannot be read, or it holds no clip.</exception>
    public static ClipSource Open(ClipSourceOptions options, CancellationToken cancellation = default)
    {
        var source = Find(options);
        source.List(cancellation);
        return source.entries.Count > 0 ? source : throw new UserErrorException(
            $"clips.path: {ShardAddress.Shown(options.Path)} holds no clips (.{string.Join(", .", MediaFiles.Videos)}); check the path.");
    }

    /// <summary>Clips in order, of the bytes of shards one sample at a time.</summary>
    /// <param name="wanted">Asked of each entry when its turn comes; others are not read.</param>
    /// <exception cref="UserErrorException">A shard or table cannot be read any more.</exception>
    public IEnumerable<EngineClip> Read(Func<ClipEntry, bool> wanted)
    {
        if (shards.Count == 0)
        {
            return OfFiles(wanted);
        }

        var first = 0;
        return shards.Index().SelectMany(shard =>
        {
            var own = entries.GetRange(first, countByShard[shard.Index]);
            first += own.Count;
            return OfShard(shard.Item, own, wanted);
        });
    }

    private static ClipSource Find(ClipSourceOptions options)
    {
        var path = options.Path;
        if (File.Exists(path) && !ShardOrder.IsTar(path))
        {
            var root = options.Root ?? Path.GetDirectoryName(path) ?? "";
            return MediaFiles.IsVideo(path) ? new ClipSource(options, root, [], () => [(path, null)])
                : Table.IsTable(path) ? new ClipSource(options, root, [], OfTable(path, root))
                : new ClipSource(
                    options,
                    root,
                    [],
                    () => UserText.Lines(path).Select(line => (InList(path, line, root), (TableRow?)null)));
        }

        if (Directory.Exists(path) && !Directory.EnumerateFiles(path).Any(ShardOrder.IsTar))
        {
            return new ClipSource(
                options,
                path,
                [],
                () => FolderTree.Files(path).Where(MediaFiles.IsVideo).Select(file => (file, (TableRow?)null)));
        }

        return Directory.Exists(path) || ShardOrder.IsTar(path) || ShardAddress.IsAddress(path) || path.AsSpan().IndexOfAny("{*?") >= 0
            ? new ClipSource(options, "", ShardOrder.Find(path), () => [])
            : throw new UserErrorException($"clips.path: {path}: no such file or folder; check the path.");
    }

    private static string InList(string list, (int Number, byte[] Utf8) line, string root)
    {
        try
        {
            return Path.Combine(root, UserText.DecodeUtf8(line.Utf8).Trim());
        }
        catch (TextEncodingException bad)
        {
            throw new UserErrorException($"{list}:{line.Number}: {bad.Message}", bad);
        }
    }

    private static Func<IEnumerable<(string, TableRow?)>> OfTable(string path, string root)
    {
        var table = Table.Open(path);
        var column = TableColumns.Of(table, null, [TableColumns.None], TableColumns.None, TableColumns.None).Path
            ?? throw new UserErrorException(
                $"{path}: none of its columns ({string.Join(", ", table.Columns)}) is named as paths are; call it path.");
        return () => table.Rows().Select(row => (Path.Combine(root, row.Text(column)?.Trim() ?? ""), (TableRow?)row));
    }

    private void List(CancellationToken cancellation)
    {
        var keys = new KeyRegister();
        foreach (var shard in shards)
        {
            using var reader = new SampleReader(shard, Faults, NoMembers);
            var before = entries.Count;
            while (reader.Read() is { } sample)
            {
                cancellation.ThrowIfCancellationRequested();
                entries.Add(new ClipEntry(
                    keys.Next(sample.Key),
                    $"{sample.Shard}:{sample.Key}",
                    $"{sample.Shard[(sample.Shard.LastIndexOf('/') + 1)..]}:{sample.Key}"));
            }

            countByShard.Add(entries.Count - before);
        }

        foreach (var (path, _) in files())
        {
            cancellation.ThrowIfCancellationRequested();
            var place = Path.GetRelativePath(root.Length > 0 ? root : ".", path.Length > 0 ? path : ".");
            var key = SampleKey.OfPath(place);
            entries.Add(new ClipEntry(keys.Next(key.Length > 0 ? key : "clip"), path, place));
        }
    }

    private IEnumerable<EngineClip> OfFiles(Func<ClipEntry, bool> wanted)
    {
        if (!File.Exists(options.Path) || !Table.IsTable(options.Path))
        {
            return entries.Where(wanted).Select(entry => OfFile(entry, BesideIt(entry.Source)));
        }

        return entries.Zip(files()).Where(pair => wanted(pair.First)).Select(pair => pair.First.Source == pair.Second.Path
            ? OfFile(pair.First, pair.Second.Row!)
            : throw new UserErrorException($"{options.Path}: was changed while it was read. Run again."));
    }

    private static TableRow BesideIt(string path) => FilePairTable.RowOf(Path.GetDirectoryName(Path.GetFullPath(path))!, path);

    private EngineClip OfFile(ClipEntry entry, TableRow row)
        => row.Problem is { } problem ? EngineClip.Bad(entry, EngineClip.DamagedMetadata, problem)
            : !MediaFiles.IsVideo(entry.Source)
                ? EngineClip.Bad(entry, ClipDecoder.MissingVideo, $"{entry.Source} is no clip by its ending")
            : Known(entry, row.Cells, metadata => EngineClip.OfFile(entry, entry.Source, metadata));

    private EngineClip Known(ClipEntry entry, IReadOnlyDictionary<string, JsonNode> fields, Func<ClipMetadata, EngineClip> clip)
    {
        try
        {
            return clip(ClipMetadata.Of(fields, options));
        }
        catch (BadSampleException bad)
        {
            return EngineClip.Bad(entry, bad.Reason, bad.Message);
        }
    }

    private IEnumerable<EngineClip> OfShard(string shard, IReadOnlyList<ClipEntry> own, Func<ClipEntry, bool> wanted)
    {
        SampleReader? reader = null;
        try
        {
            var position = 0;
            foreach (var (index, entry) in own.Index())
            {
                if (!wanted(entry))
                {
                    continue;
                }

                reader ??= new SampleReader(shard, Faults);
                reader.Skip(index - position);
                position = index + 1;
                yield return reader.Read() is { } sample
                    ? OfSample(entry, sample)
                    : EngineClip.Bad(entry, BadSamples.DamagedShard, "the shard ends before it");
            }
        }
        finally
        {
            reader?.Dispose();
        }
    }

    private EngineClip OfSample(ClipEntry entry, Sample sample)
    {
        var fields = new Dictionary<string, JsonNode>();
        try
        {
            if (sample.Members.TryGetValue("json", out var json))
            {
                using var document = UserJson.Parse(json);
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                {
                    return EngineClip.Bad(
                        entry,
                        EngineClip.DamagedMetadata,
                        $"json is {UserJson.Describe(document.RootElement)}, not an object");
                }

                fields = TableRow.CellsOf(document.RootElement);
            }

            if (sample.Members.TryGetValue("txt", out var text))
            {
                fields.TryAdd("caption", JsonValue.Create(UserText.DecodeUtf8(text.Span)));
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or TextEncodingException)
        {
            return EngineClip.Bad(entry, EngineClip.DamagedMetadata, failure.Message.ReplaceLineEndings(" "));
        }

        return Known(entry, fields, metadata => EngineClip.OfSample(entry, sample, metadata));
    }
}
