using System.Collections;

namespace PerceptionEncoder.Configuration;

/// <summary>Nodes -> records. Goes on after a problem, so that all of them are found in one go.</summary>
/// <remarks>
/// An unwritten member keeps the value it has in the record's starting point; see <see cref="RecordShape.StartingPoint"/>.
/// </remarks>
internal sealed class RecordBinder(List<ConfigProblem> problems)
{
    /// <summary>The record, or null after reporting what keeps it from being one.</summary>
    public object? BindRoot(Type type, ConfigNode root) => TryBindRecord(type, root, "", null, out var value) ? value : null;

    private bool TryBind(Type declared, bool isNullable, ConfigNode node, string path, object? start, out object? value)
    {
        value = null;
        if (node is ConfigScalar scalar && (scalar.IsBroken || (scalar.IsNull && isNullable)))
        {
            return !scalar.IsBroken;
        }

        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type switch
        {
            _ when RecordShape.IsRecord(type) => TryBindRecord(type, node, path, start, out value),
            _ when type == typeof(Interval) => TryBindInterval(node, path, out value),
            _ when ConfigTypes.ElementOf(type) is { } element => TryBindList(element, node, path, out value),
            _ when ConfigTypes.ValueOf(type) is { } held => TryBindDictionary(held, node, path, out value),
            _ => TryBindScalar(type, node, path, out value),
        };
    }

    private bool TryBindRecord(Type type, ConfigNode node, string path, object? parentDefault, out object? value)
    {
        value = null;
        int before = problems.Count;
        if (ConfigTypes.WithoutShorthand(node, type) is not ConfigMap map)
        {
            return Report(
                node.Location,
                path,
                "expected a map of keys, "
                + $"found {node.Description}{(node is ConfigScalar { IsNull: true } ? "; leave the key out to keep its defaults" : "")}");
        }

        var shape = RecordShape.Of(type);
        foreach (var unknown in map.Entries.Where(entry => shape.Find(entry.Key) is null))
        {
            Report(
                unknown.KeyLocation,
                path,
                $"unknown key '{unknown.Key}'{NearestName.Hint(unknown.Key, [.. shape.Members.Select(member => member.Key)])}");
        }

        var start = Start(shape, map, path, parentDefault, out bool isNew);
        var record = shape.Copy(start);
        foreach (var member in shape.Members)
        {
            BindMember(record, member, map, path, isNew);
        }

        if (problems.Count == before)
        {
            Validate(record, shape, map, path);
        }

        value = record;
        return problems.Count == before;
    }

    private void BindMember(object record, RecordMember member, ConfigMap map, string path, bool isNew)
    {
        var key = KeyPath.Of(path, member.Key);
        var start = member.Property.GetValue(record);
        var node = map.Find(member.Key)?.Value;
        if (node is null && member.IsRequired && isNew)
        {
            Report(map.Location, key, "this key is required");
            return;
        }

        // An unwritten section is bound as an empty one, so that what it requires is asked for.
        node ??= start is not null && RecordShape.IsRecord(member.Type) ? new ConfigMap([], map.Location) : null;
        var value = start;
        if (node is not null)
        {
            if (!TryBind(member.Type, member.IsNullable, node, key, start, out value))
            {
                return;
            }

            member.Property.SetValue(record, value);
        }

        foreach (var (index, message) in RecordRules.Check(member, value))
        {
            var item = node is ConfigList list && index >= 0 ? list.Items[index] : node;
            Report(item?.Location ?? map.Location, index < 0 ? key : KeyPath.Of(key, index), message);
        }
    }

    /// <summary>The defaults of a record, and whether they are those of a bare new instance, whose required members are unset.</summary>
    private object Start(RecordShape shape, ConfigMap map, string path, object? parentDefault, out bool isNew)
    {
        object? named = null;
        var node = shape.DefaultsKey is { } member ? map.Find(member.Key)?.Value : null;
        if (node is ConfigScalar { IsBroken: false, IsNull: false } scalar)
        {
            named = ScalarParser.Parse(shape.DefaultsKey!.Type, scalar);
        }

        isNew = parentDefault is null && named is null;
        try
        {
            return shape.StartingPoint(parentDefault, named);
        }
        catch (UserErrorException problem)
        {
            Report(node?.Location ?? map.Location, KeyPath.Of(path, shape.DefaultsKey!.Key), problem.Message);
            isNew = false;
            return shape.New();
        }
    }

    /// <summary>What the record itself has to say of its members together.</summary>
    private void Validate(object record, RecordShape shape, ConfigMap map, string path)
    {
        foreach (var (key, problem) in shape.ProblemsOf(record))
        {
            Report(KeyPath.Locate(map, key), key.Length == 0 ? path : KeyPath.Of(path, key), problem);
        }
    }

    private bool TryBindList(Type element, ConfigNode node, string path, out object? value)
    {
        value = null;
        if (node is not ConfigList list)
        {
            return Report(node.Location, path, $"expected a list, found {node.Description}");
        }

        var items = Array.CreateInstance(element, list.Items.Count);
        bool complete = true;
        for (int i = 0; i < items.Length; i++)
        {
            complete &= TryBind(
                element,
                Nullable.GetUnderlyingType(element) is not null,
                list.Items[i],
                KeyPath.Of(path, i),
                null,
                out var item);
            if (item is not null && complete)
            {
                items.SetValue(item, i);
            }
        }

        value = items;
        return complete;
    }

    private bool TryBindDictionary(Type held, ConfigNode node, string path, out object? value)
    {
        value = null;
        if (node is not ConfigMap map)
        {
            return Report(node.Location, path, $"expected a map of keys, found {node.Description}");
        }

        var entries = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), held))!;
        bool complete = true;
        foreach (var entry in map.Entries)
        {
            complete &= TryBind(
                held,
                Nullable.GetUnderlyingType(held) is not null,
                entry.Value,
                KeyPath.Of(path, entry.Key),
                null,
                out var item);
            if (complete)
            {
                entries.Add(entry.Key, item);
            }
        }

        value = entries;
        return complete;
    }

    private bool TryBindInterval(ConfigNode node, string path, out object? value)
    {
        value = null;
        if (node is not ConfigList { Items: [var low, var high] })
        {
            return Report(
                node.Location,
                path,
                $"expected [low, high], found {(node is ConfigList list ? $"a list of {list.Items.Count}" : node.Description)}");
        }

        if (!(TryBindScalar(typeof(double), low, KeyPath.Of(path, 0), out var least)
            & TryBindScalar(typeof(double), high, KeyPath.Of(path, 1), out var most)))
        {
            return false;
        }

        value = new Interval((double)least!, (double)most!);
        return true;
    }

    private bool TryBindScalar(Type type, ConfigNode node, string path, out object? value)
    {
        value = node is ConfigScalar { IsBroken: false } scalar ? ScalarParser.Parse(type, scalar) : null;
        if (value is not null || node is ConfigScalar { IsBroken: true })
        {
            return value is not null;
        }

        bool quoted = node is ConfigScalar { IsPlain: false } text && ScalarParser.Parse(type, text with { IsQuoted = false }) is not null;
        return Report(
            node.Location,
            path,
            $"expected {ScalarParser.Expectation(type)}, found {node.Description}{(quoted ? "; remove the quotes" : "")}");
    }

    /// <summary>Always false: what was to be bound is not.</summary>
    private bool Report(SourceLocation location, string path, string message)
    {
        problems.Add(new ConfigProblem(location, path, message));
        return false;
    }
}
