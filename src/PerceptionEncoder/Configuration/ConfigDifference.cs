using YamlDotNet.RepresentationModel;

namespace PerceptionEncoder.Configuration;

/// <summary>A key whose value differs between two configs of one type.</summary>
/// <param name="Key">Such as <c>stages[0].batch</c>.</param>
/// <param name="Before">As YAML spells it; null where the key has no value.</param>
/// <param name="Now">Likewise.</param>
internal sealed record ConfigDifference(string Key, string? Before, string? Now)
{
    private const string Absent = "(none)";

    /// <summary>All differences between two resolved configs, in the order of their keys.</summary>
    /// <param name="before">YAML, as <see cref="ConfigYaml"/> writes it.</param>
    /// <param name="now">Likewise.</param>
    public static IReadOnlyList<ConfigDifference> Between(string before, string now)
    {
        var (old, current) = (Scalars(before), Scalars(now));
        return [.. current.Keys.Union(old.Keys)
            .Select(key => new ConfigDifference(key, old.GetValueOrDefault(key), current.GetValueOrDefault(key)))
            .Where(each => each.Before != each.Now)];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Key}: {Before ?? Absent} -> {Now ?? Absent}";

    private static Dictionary<string, string> Scalars(string yaml)
    {
        var (stream, scalars) = (new YamlStream(), new Dictionary<string, string>());
        stream.Load(new StringReader(yaml));
        foreach (var document in stream.Documents)
        {
            Collect(document.RootNode, "", scalars);
        }

        return scalars;
    }

    private static void Collect(YamlNode node, string key, Dictionary<string, string> scalars)
    {
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (name, value) in map)
                {
                    Collect(value, key.Length == 0 ? $"{name}" : $"{key}.{name}", scalars);
                }

                break;
            case YamlSequenceNode list:
                foreach (var (i, value) in list.Index())
                {
                    Collect(value, $"{key}[{i}]", scalars);
                }

                break;
            default:
                scalars[key] = $"{node}";
                break;
        }
    }
}
