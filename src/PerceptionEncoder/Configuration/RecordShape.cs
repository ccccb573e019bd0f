using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace PerceptionEncoder.Configuration;

/// <summary>What the loader knows of a record type: its keys, and where its defaults come from. Read by reflection once.</summary>
internal sealed class RecordShape
{
    private const string CloneMethod = "<Clone>$";
    private const string ProblemsMethod = "Problems";
    private static readonly ConcurrentDictionary<Type, RecordShape> s_shapes = new();

    private readonly MethodInfo _clone;
    private readonly MethodInfo? _defaults;
    private readonly MethodInfo? _problems;

    private RecordShape(Type type)
    {
        Type = type;
        _clone = type.GetMethod(CloneMethod)!;
        Members = RecordMember.Of(type);
        _problems = type.GetMethod(ProblemsMethod, BindingFlags.Public | BindingFlags.Instance, []) is { } method
            && method.ReturnType == typeof(IEnumerable<(string Key, string Problem)>) ? method : null;
        if (type.GetCustomAttribute<ScalarShorthandAttribute>() is { } shorthand)
        {
            Shorthand = Named(shorthand.Property);
        }

        if (type.GetCustomAttribute<DefaultsFromAttribute>() is { } defaults)
        {
            DefaultsKey = Named(defaults.Property);
            _defaults = type.GetMethod(defaults.Method, BindingFlags.Public | BindingFlags.Static, [DefaultsKey.Property.PropertyType])
                ?? throw new InvalidOperationException(
                    $"{type.Name} has no public static method {defaults.Method}({DefaultsKey.Property.PropertyType.Name})");
        }
    }

    public Type Type { get; }

    /// <summary>In the order of declaration.</summary>
    public IReadOnlyList<RecordMember> Members { get; }

    /// <summary>The member that a bare scalar sets.</summary>
    public RecordMember? Shorthand { get; }

    /// <summary>The member whose value names the defaults.</summary>
    public RecordMember? DefaultsKey { get; }

    public static RecordShape Of(Type type) => s_shapes.GetOrAdd(type, static key => new RecordShape(key));

    public static bool IsRecord(Type type) => type.IsClass && type.GetMethod(CloneMethod) is not null;

    public RecordMember? Find(string key) => Members.FirstOrDefault(member => member.Key == key);

    /// <summary>A new instance; <c>required</c> members hold the default of their type.</summary>
    public object New() => Activator.CreateInstance(Type) ?? throw new InvalidOperationException($"{Type.Name} cannot be created");

    public object Copy(object instance) => _clone.Invoke(instance, null)!;

    /// <summary>The instance that a value of <see cref="DefaultsKey"/> names.</summary>
    /// <exception cref="UserErrorException">The record does not know the value.</exception>
    public object DefaultsOf(object named) => _defaults!.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [named], null)!;

    /// <summary>
    /// What <c>IEnumerable&lt;(string Key, string Problem)&gt; Problems()</c> of the record yields; nothing when it has no such method.
    /// </summary>
    public IEnumerable<(string Key, string Problem)> ProblemsOf(object record) => _problems is null
        ? []
        : (IEnumerable<(string, string)>)_problems.Invoke(record, BindingFlags.DoNotWrapExceptions, null, null, null)!;

    /// <summary>
    /// What unwritten members of a record are: the value the parent has for it, else the defaults it names, else those of its type.
    /// </summary>
    /// <param name="parentDefault">The parent's default for this record, where it has one.</param>
    /// <param name="named">The written value of <see cref="DefaultsKey"/>, where there is one.</param>
    /// <exception cref="UserErrorException">The record does not know the value.</exception>
    public object StartingPoint(object? parentDefault, object? named)
    {
        var start = parentDefault ?? New();
        if (DefaultsKey is not null && parentDefault is null)
        {
            named ??= DefaultsKey.Property.GetValue(start);
        }

        return named is null ? start : DefaultsOf(named);
    }

    private RecordMember Named(string property) => Members.FirstOrDefault(member => member.Property.Name == property)
        ?? throw new InvalidOperationException($"{Type.Name} has no settable property {property}");
}

/// <param name="Key">Its name in a config.</param>
/// <param name="Property">Its name in C#.</param>
/// <param name="Type">Its type, without <c>?</c>.</param>
/// <param name="IsNullable">Null may be written.</param>
/// <param name="IsRequired">It has no default.</param>
/// <param name="Rules">Its validation attributes.</param>
internal sealed record RecordMember(
    string Key,
    PropertyInfo Property,
    Type Type,
    bool IsNullable,
    bool IsRequired,
    IReadOnlyList<ValidationAttribute> Rules)
{
    // By name: a package may bring its own public copy of the compiler's attribute.
    private const string RequiredMemberAttribute = "System.Runtime.CompilerServices.RequiredMemberAttribute";

    public static RecordMember[] Of(Type type)
    {
        var nullability = new NullabilityInfoContext();
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .OrderBy(property => Ancestors(property.DeclaringType!)).ThenBy(property => property.MetadataToken).ToList();
        foreach (var (property, before) in properties.Select(
            property => (property, property.GetCustomAttribute<KeyAfterAttribute>()?.Property)).ToArray())
        {
            if (before is not null)
            {
                properties.Remove(property);
                properties.Insert(properties.FindIndex(other => other.Name == before) + 1, property);
            }
        }

        return [.. properties.Select(property => Of(property, nullability))];
    }

    /// <summary>What a record inherits comes before its own.</summary>
    private static int Ancestors(Type type) => type.BaseType is { } parent ? 1 + Ancestors(parent) : 0;

    private static RecordMember Of(PropertyInfo property, NullabilityInfoContext nullability)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return ConfigTypes.IsSupported(type)
            ? new RecordMember(
                SnakeCase.Of(property.Name),
                property,
                type,
                nullability.Create(property).WriteState == NullabilityState.Nullable,
                property.CustomAttributes.Any(attribute => attribute.AttributeType.FullName == RequiredMemberAttribute),
                [.. property.GetCustomAttributes<ValidationAttribute>()])
            : throw new InvalidOperationException($"{property.DeclaringType!.Name}.{property.Name}: configs do not support {type}");
    }
}
