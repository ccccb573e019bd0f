namespace PerceptionEncoder.Configuration;

/// <summary>Applies <c>--set a.b.c=value</c>: the value, read as YAML, replaces what is at the path; absent sections appear.</summary>
internal sealed class ConfigOverrides(Type type, ICollection<ConfigProblem> problems)
{
    public ConfigNode Apply(ConfigNode root, string text)
    {
        var location = SourceLocation.Whole($"--set {text}");
        int equals = text.IndexOf('=');
        if (equals < 0 || KeyPath.Split(text[..equals]) is not { } path)
        {
            problems.Add(
                new ConfigProblem(location, "", "expected KEY=VALUE, such as optimizer.learning_rate=1e-3 or stages[0].batch=256"));
            return root;
        }

        return ConfigReader.Read(text[(equals + 1)..], location, problems) is { } value
            ? Set(root, type, new Override(path, value, location), 0)
            : root;
    }

    private ConfigNode Set(ConfigNode? node, Type? nodeType, Override what, int depth)
    {
        if (depth == what.Path.Length)
        {
            return what.Value;
        }

        var key = what.Path[depth];
        var below = ConfigTypes.Below(nodeType, key);
        switch (node is null ? null : ConfigTypes.WithoutShorthand(node, nodeType))
        {
            case ConfigList list:
                return int.TryParse(key, out int index) && index >= 0 && index < list.Items.Count
                    ? list with { Items = [.. list.Items.Select((item, i) => i == index ? Set(item, below, what, depth + 1) : item)] }
                    : Report(list, what, $"'{key}' is not an index of a list of {list.Items.Count}");

            case ConfigMap map:
                if (map.Find(key) is { } old)
                {
                    var changed = old with { KeyLocation = what.Location, Value = Set(old.Value, below, what, depth + 1) };
                    return map with { Entries = [.. map.Entries.Select(entry => entry == old ? changed : entry)] };
                }

                return map with { Entries = [.. map.Entries, new ConfigEntry(key, what.Location, Set(null, below, what, depth + 1))] };

            case var absent when nodeType is not null && ConfigTypes.ElementOf(nodeType) is not null:
                return Report(
                    absent ?? new ConfigScalar("", what.Location, IsBroken: true),
                    what,
                    "the file has no such list; set the whole list");

            default:
                return new ConfigMap([new ConfigEntry(key, what.Location, Set(null, below, what, depth + 1))], what.Location);
        }
    }

    private ConfigNode Report(ConfigNode unchanged, Override what, string message)
    {
        problems.Add(new ConfigProblem(what.Location, "", message));
        return unchanged;
    }

    private sealed record Override(string[] Path, ConfigNode Value, SourceLocation Location);
}
