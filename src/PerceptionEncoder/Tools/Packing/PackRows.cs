using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>The rows of an input as they are packed, the same in each pass.</summary>
/// <param name="input">Where they are from.</param>
/// <param name="columns">What its columns mean; there is one of paths.</param>
/// <param name="options">Parts and order.</param>
/// <param name="splitColumn">Column of the parts; null where they go by share.</param>
internal sealed class PackRows(PackInput input, TableColumns columns, PackOptions options, string? splitColumn)
{
    /// <summary>Part of a set that is not divided.</summary>
    public const string OnlySplit = "train";

    /// <summary>Column whose value, an object, is metadata of any kind, as unpacking writes it.</summary>
    public const string MetadataColumn = "metadata";

    private readonly SplitRule? rule = options.Splits is { } splits ? new SplitRule(splits, options.Seed) : null;
    private readonly string[] others = [.. columns.Others(input.Table.Columns).Where(column => column != splitColumn)];

    /// <summary>Whether samples have captions.</summary>
    public bool HasCaptions => columns.Captions.Count > 0;

    /// <summary>Whether samples have labels.</summary>
    public bool HasLabels => columns.Label is not null;

    /// <summary>The rows, unusable ones with their fault.</summary>
    /// <exception cref="UserErrorException">The table cannot be read.</exception>
    public IEnumerable<PackRow> Read()
    {
        var (keys, number) = (new KeyRegister(), 0L);
        var isShuffled = options.Shuffle ?? input.HasClassFolders;
        var rows = isShuffled
            ? input.Table.Rows().OrderBy(row => SplitRule.Unit(options.Seed, "order", row.Text(columns.Path!) ?? ""))
            : input.Table.Rows();
        foreach (var row in rows)
        {
            yield return Of(row, number++, keys);
        }
    }

    private PackRow Of(TableRow row, long number, KeyRegister keys)
    {
        var path = row.Text(columns.Path!)?.Trim() ?? "";
        var packed = new PackRow(number, row.Place, path);
        if (row.Problem is { } problem)
        {
            return packed.With(BadRow.Damaged, problem);
        }

        if (path.Length == 0)
        {
            return packed.With(BadRow.MissingPath, $"'{columns.Path}' is empty");
        }

        if (ShardAddress.IsAddress(path))
        {
            return packed.With(BadRow.Address, "pictures are read from files of this machine; download them first");
        }

        var captions = columns.CaptionsOf(row);
        if (HasCaptions && captions.Count == 0)
        {
            return packed.With(BadRow.EmptyCaption, $"'{string.Join("', '", columns.Captions)}'");
        }

        var label = columns.Label is { } of ? row.Text(of)?.Trim() : null;
        // A column that was guessed may be empty where there are captions: half of a mixed set has classes.
        if (HasLabels && string.IsNullOrEmpty(label) && (options.LabelColumn is not null || !HasCaptions))
        {
            return packed.With(BadRow.EmptyLabel, $"'{columns.Label}'");
        }

        var (split, fault) = SplitOf(row, path);
        if (split is null)
        {
            return packed.With(fault, $"'{splitColumn ?? options.GroupColumn}'");
        }

        if (KeyOf(row, path, keys) is not ({ } key, var id))
        {
            var given = row.Text(columns.Id!)?.Trim() ?? "";
            return given.Length == 0
                ? packed.With(BadRow.EmptyId, $"'{columns.Id}'")
                : packed.With(BadRow.DuplicateId, $"'{given}' comes before");
        }

        return packed with
        {
            File = Path.Combine(input.Root, path),
            Key = key,
            Split = split,
            Captions = captions,
            Label = string.IsNullOrEmpty(label) ? null : label,
            Metadata = Metadata(row, id),
        };
    }

    private (string? Key, string? Id) KeyOf(TableRow row, string path, KeyRegister keys)
    {
        if (columns.Id is null)
        {
            var made = SampleKey.OfPath(path);
            return (keys.Next(made.Length > 0 ? made : "sample"), null);
        }

        var id = row.Text(columns.Id)?.Trim() ?? "";
        var key = SampleKey.Of(id);
        return key.Length > 0 && keys.Add(key) ? (key, key == id ? null : id) : (null, id);
    }

    private (string? Split, string Fault) SplitOf(TableRow row, string path)
    {
        if (splitColumn is not null)
        {
            var split = row.Text(splitColumn)?.Trim() ?? "";
            return SplitShare.IsName(split) ? (split, "") : (null, BadRow.EmptySplit);
        }

        if (rule is null)
        {
            return (OnlySplit, "");
        }

        var group = options.GroupColumn is { } column ? row.Text(column)?.Trim() : path.Replace('\\', '/');
        return string.IsNullOrEmpty(group) ? (null, BadRow.EmptyGroup) : (rule.Of(group), "");
    }

    private SortedDictionary<string, JsonNode?> Metadata(TableRow row, string? id)
    {
        var fields = new SortedDictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var column in others)
        {
            if (!row.Cells.TryGetValue(column, out var cell))
            {
                continue;
            }

            if (column == MetadataColumn && ObjectIn(cell) is { } inside)
            {
                foreach (var (name, value) in inside)
                {
                    fields[name] = value;
                }
            }
            else
            {
                fields[column] = cell;
            }
        }

        if (id is not null)
        {
            fields["id"] = JsonValue.Create(id);
        }

        return fields;
    }

    private static JsonObject? ObjectIn(JsonNode cell)
    {
        if (cell is JsonObject inside)
        {
            return inside;
        }

        try
        {
            return TableRow.TextOf(cell) is ['{', ..] text ? JsonNode.Parse(text) as JsonObject : null;
        }
        catch (JsonException)
        {
            return null; // a text in braces
        }
    }
}
