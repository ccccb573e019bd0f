using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// Packs images or clips with their captions and labels into shards: from a table, from a folder for each class, or from files with a
/// <c>.txt</c> or <c>.json</c> beside each. An interrupted run goes on after its finished shards and ends in the same bytes.
/// </summary>
/// <param name="options">What and how.</param>
public sealed class DataPack(PackOptions options)
{
    /// <summary>Packs everything.</summary>
    /// <param name="log">Takes a line for what the input is, and for each row that is left out.</param>
    /// <param name="report">Called after each row.</param>
    /// <param name="cancellation">Stops between two rows; the same call goes on after the finished shards.</param>
    /// <exception cref="UserErrorException">
    /// The input is nothing of these kinds, a column is not there, the output holds something else, or too many rows cannot be used.
    /// </exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public PackSummary Run(Action<string> log, Action<PackProgress>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        Check();
        var clock = Stopwatch.StartNew();
        var input = PackInput.Open(options.Input, options.Root);
        var columns = ColumnsOf(input.Table);
        var splitColumn = options.SplitColumn
            ?? (options.Splits is null && input.Table is ClassFolderTable { HasParts: true } ? ClassFolderTable.SplitColumn : null);
        var saw = $"{input.Table.Kind}; {columns.Describe(input.Table)}";
        log($"{input.Table.Path}: {saw}");
        foreach (var note in Notes(input.Table))
        {
            log($"{input.Table.Path}: {note}");
        }

        if (splitColumn is null && options.Splits is null && input.Table.Columns.Contains(ClassFolderTable.SplitColumn))
        {
            log($"{input.Table.Path}: 'split' is kept as metadata; name it as the column of the parts to divide by it");
        }

        var rows = new PackRows(input, columns, options, splitColumn);
        var plan = PackPlan.Of(input.Table.Path, rows.Read(), cancellation);
        var classes = rows.HasLabels
            ? ClassList.Of(plan.Labels, options.Classes ?? Beside(input, ClipBenchmarkFolder.ClassNamesFile), input.HasClassFolders)
            : null;
        if (classes is not null)
        {
            log($"{input.Table.Path}: {classes.Names?.Count ?? plan.Labels.Count} classes; {classes.Origin}");
        }

        var journal = PackJournal.Open(options.Output, plan.Fingerprint, Deciding(columns, splitColumn, input, classes));
        var resumed = journal.Shards.Count;
        if (resumed > 0)
        {
            log($"{options.Output}: going on after {resumed} finished shards");
        }

        var media = new SampleMedia(options.MaxSide, options.Verify, () => new FFmpegVideoReader(new VideoReaderOptions()), cancellation);
        if (Pack() is not { } bad)
        {
            log($"{options.Output}: rows that were left out before can be used now; packing from the start");
            journal.Restart();
            resumed = 0;
            bad = Pack() ?? throw new UserErrorException($"{options.Input}: its files change while they are packed. Run again.");
        }

        var splits = PackedFolder.Splits(options.Output, journal.Shards);
        if (splits.Count == 0)
        {
            throw new UserErrorException($"{input.Table.Path}: none of its {plan.Rows} rows can be used. "
                + $"{Path.Combine(options.Output, Table.BadRowsFile)} says why.");
        }

        PackedFolder.WriteLists(
            options.Output, splits, classes, rows.HasCaptions, Beside(input, ClipBenchmarkFolder.TemplatesFile));
        if (!journal.IsComplete)
        {
            journal.Complete();
        }

        return new PackSummary(
            options.Output,
            $"{input.Table.Path}: {saw}",
            plan.Rows,
            splits.Sum(split => split.Samples),
            bad.Count,
            new SortedDictionary<string, long>(bad.GroupBy(row => row.Reason).ToDictionary(rows => rows.Key, rows => rows.LongCount())),
            splits,
            classes is null ? null : classes.Names?.Count ?? plan.Labels.Count,
            rows.HasCaptions,
            plan.HasClips,
            resumed,
            clock.Elapsed.TotalSeconds);

        IReadOnlyList<BadRow>? Pack()
        {
            using var work = new PackWork(options, plan, classes, journal, log);
            try
            {
                if (!work.Run(rows.Read(), media, report, cancellation))
                {
                    return null;
                }
            }
            catch (OperationCanceledException)
            {
                log($"{options.Output}: stopped after {journal.Shards.Count} finished shards; the same command goes on after them");
                throw;
            }

            PackedFolder.WriteBadRows(options.Output, work.Bad);
            return work.Bad;
        }
    }

    private void Check()
    {
        if (options.Splits is not null && options.SplitColumn is not null)
        {
            throw new UserErrorException("give the parts either by share or by a column, not both.");
        }

        if (options.GroupColumn is not null && options.Splits is null)
        {
            throw new UserErrorException($"a group ('{options.GroupColumn}') keeps rows in one part, and no parts are given; "
                + "write a split such as train=0.9,test=0.1.");
        }

        if (options.MaxSide is < 1 || options.Workers < 0 || !(options.BadLimit is >= 0 and <= 1))
        {
            throw new UserErrorException("the longest side must be at least 1, workers at least 0, and the limit of bad rows from 0 to 1.");
        }
    }

    private TableColumns ColumnsOf(Table table)
    {
        var columns = TableColumns.Of(table, options.PathColumn, options.CaptionColumns, options.LabelColumn, options.IdColumn);
        foreach (var column in new[] { options.SplitColumn, options.GroupColumn }.OfType<string>())
        {
            TableColumns.Require(table, column);
        }

        return columns.Path is not null ? columns
            : throw new UserErrorException($"{table.Path}: none of its columns ({string.Join(", ", table.Columns)}) is named as paths are. "
                + "Name the one that holds them with --path; the first line of a CSV or TSV must name the columns.");
    }

    private static IEnumerable<string> Notes(Table table) => table switch
    {
        ClassFolderTable { Note: { } note } => [note],
        ParquetTable { PassedOver: { Count: > 0 } columns }
            => [$"passed over columns that hold no texts, numbers or lists of texts: {string.Join(", ", columns)}"],
        _ => [],
    };

    private static string? Beside(PackInput input, string name)
        => Path.Combine(input.Folder, name) is var path && File.Exists(path) ? path : null;

    /// <summary>What decides the shards besides the rows, by the names that users know.</summary>
    private SortedDictionary<string, string> Deciding(TableColumns columns, string? splitColumn, PackInput input, ClassList? classes)
        => new(StringComparer.Ordinal)
        {
            ["path"] = columns.Path!,
            ["caption"] = string.Join(", ", columns.Captions),
            ["label"] = columns.Label ?? "",
            ["id"] = columns.Id ?? "",
            ["root"] = options.Root ?? "",
            ["classes"] = string.Join('\n', classes?.Names ?? []),
            ["split"] = string.Join(", ", (options.Splits ?? []).Select(split => string.Create(CultureInfo.InvariantCulture, $"{split}"))),
            ["split_column"] = splitColumn ?? "",
            ["group"] = options.GroupColumn ?? "",
            ["seed"] = options.Seed.ToString(CultureInfo.InvariantCulture),
            ["shuffle"] = (options.Shuffle ?? input.HasClassFolders).ToString(),
            ["max_side"] = options.MaxSide?.ToString(CultureInfo.InvariantCulture) ?? "",
            ["shard_size"] = options.ShardSize.ToString(),
            ["verify"] = options.Verify.ToString(),
        };
}
