namespace PerceptionEncoder.Configuration;

/// <summary>The types a config property may have: scalars, <see cref="Interval"/>, records, lists and maps of those.</summary>
internal static class ConfigTypes
{
    public static bool IsSupported(Type type) => ScalarParser.IsSupported(type) || type == typeof(Interval) || RecordShape.IsRecord(type)
        || ((ElementOf(type) ?? ValueOf(type)) is { } inner && IsSupported(Nullable.GetUnderlyingType(inner) ?? inner));

    /// <summary>T of <c>IReadOnlyList&lt;T&gt;</c>, else null.</summary>
    public static Type? ElementOf(Type type) => IsGeneric(type, typeof(IReadOnlyList<>)) ? type.GetGenericArguments()[0] : null;

    /// <summary>T of <c>IReadOnlyDictionary&lt;string, T&gt;</c>, else null.</summary>
    public static Type? ValueOf(Type type) =>
        IsGeneric(type, typeof(IReadOnlyDictionary<,>)) && type.GetGenericArguments() is [var key, var value] && key == typeof(string)
            ? value
            : null;

    /// <summary>The type of what a key of a map of this type holds; null where there is no such key.</summary>
    public static Type? Below(Type? type, string key) => type is null ? null
        : RecordShape.IsRecord(type) ? RecordShape.Of(type).Find(key)?.Type
        : ValueOf(type) ?? ElementOf(type);

    /// <summary>A scalar where the type has a shorthand becomes the map that it stands for.</summary>
    public static ConfigNode WithoutShorthand(ConfigNode node, Type? type) =>
        node is ConfigScalar { IsNull: false } scalar
            && type is not null
            && RecordShape.IsRecord(type)
            && RecordShape.Of(type).Shorthand is { } member
            ? new ConfigMap([new ConfigEntry(member.Key, scalar.Location, scalar)], scalar.Location)
            : node;

    private static bool IsGeneric(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;
}
