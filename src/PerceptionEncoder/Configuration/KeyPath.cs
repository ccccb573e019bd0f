namespace PerceptionEncoder.Configuration;

/// <summary>Paths such as <c>stages[1].resolution</c>; <c>stages.1.resolution</c> is the same.</summary>
internal static class KeyPath
{
    /// <summary>The steps of a path; null when one is empty.</summary>
    public static string[]? Split(string path)
    {
        var steps = path.Replace("[", ".").Replace("]", "").Split('.', StringSplitOptions.TrimEntries);
        return steps.Any(step => step.Length == 0) ? null : steps;
    }

    public static string Of(string parent, string key) => parent.Length == 0 ? key : $"{parent}.{key}";

    public static string Of(string parent, int index) => $"{parent}[{index}]";

    /// <summary>Where the value at a path was written, or the nearest value above it that was.</summary>
    public static SourceLocation Locate(ConfigNode node, string path)
    {
        foreach (var step in Split(path) ?? [])
        {
            var next = node switch
            {
                ConfigMap map => map.Find(step)?.Value,
                ConfigList list when int.TryParse(step, out int index) => list.Items.ElementAtOrDefault(index),
                _ => null,
            };
            if (next is null)
            {
                break;
            }

            node = next;
        }

        return node.Location;
    }
}
