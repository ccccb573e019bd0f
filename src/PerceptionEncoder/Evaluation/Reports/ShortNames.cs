namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>What is particular to each of some paths.</summary>
public static class ShortNames
{
    /// <summary>
    /// Each path without the folders that all of them begin with and the part that all of them end in; a single path as it is.
    /// </summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> paths)
    {
        if (paths.Count == 1)
        {
            return paths;
        }

        var parts = paths.Select(path => path.Split('/', '\\', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var shortest = parts.Min(path => path.Length);
        var head = Common(index => index);
        var tail = Common(index => ^(index + 1));
        return [.. parts.Select(path => string.Join('/', path[head..Math.Max(head + 1, path.Length - tail)]))];

        // One part of the shortest is left, so that every path has a name.
        int Common(Func<int, Index> at)
        {
            var count = 0;
            while (count < shortest - 1 && parts.All(path => path[at(count)] == parts[0][at(count)]))
            {
                count++;
            }

            return count;
        }
    }
}
