namespace PerceptionEncoder.Configuration;

/// <summary>Lays a config over its base: maps join key by key, everything else replaces.</summary>
internal static class ConfigMerge
{
    /// <param name="below">The base.</param>
    /// <param name="above">What wins.</param>
    /// <param name="type">The record type of both, which knows what a scalar stands for when a map is laid over it.</param>
    public static ConfigNode Overlay(ConfigNode below, ConfigNode above, Type? type)
    {
        if (above is not ConfigMap top || ConfigTypes.WithoutShorthand(below, type) is not ConfigMap bottom)
        {
            return above;
        }

        var kept = bottom.Entries.Select(entry => top.Find(entry.Key) is { } over
            ? over with { Value = Overlay(entry.Value, over.Value, ConfigTypes.Below(type, entry.Key)) }
            : entry);
        var added = top.Entries.Where(entry => bottom.Find(entry.Key) is null);
        return new ConfigMap([.. kept, .. added], top.Location);
    }
}
