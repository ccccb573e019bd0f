using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Configuration;

/// <summary>
/// Record types -> JSON schema; the root in place, each other record under <c>$defs</c>, once for each set of defaults that its parents
/// give it.
/// </summary>
internal sealed class JsonSchemaBuilder(Type root)
{
    private const string Variable = @"\$\{";
    private const string Number = $@"^{ScalarParser.NumberPattern}$|{Variable}";
    private const string NumberOrFraction = $@"^{ScalarParser.NumberPattern}(\s*/\s*{ScalarParser.NumberPattern})?$|{Variable}";

    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<(Type Type, string Defaults, bool IsWhole), string> _names = [];
    private readonly XmlDocumentation _documentation = new(root.Assembly);

    public JsonObject Build()
    {
        var start = RecordShape.Of(root).StartingPoint(null, null);
        var schema = Record(root, start, isWhole: false);
        if (Demands(root, isNew: true, start) is { Count: > 0 } demands)
        {
            schema["anyOf"] = new JsonArray(new JsonObject { ["required"] = new JsonArray(ConfigSources.Extends) }, demands);
        }

        if (_definitions.Count > 0)
        {
            schema["$defs"] = new JsonObject(_definitions.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        return schema;
    }

    /// <param name="type">The record.</param>
    /// <param name="start">What its unwritten members are.</param>
    /// <param name="isWhole">It is an item of a list, or lies within one: no base file holds a part of it.</param>
    private JsonObject Record(Type type, object start, bool isWhole)
    {
        var shape = RecordShape.Of(type);
        var schema = new JsonObject();
        Describe(schema, _documentation.Of(type));
        schema["type"] = shape.Shorthand is null ? "object" : Types("object", "string");
        schema["properties"] = new JsonObject(
            shape.Members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Property(type, member, start, isWhole))));
        schema["additionalProperties"] = false;
        if (isWhole && Required(shape) is { Count: > 0 } required)
        {
            schema["required"] = required;
        }

        return schema;
    }

    /// <summary>What a config that extends no other must hold: required keys, those of its sections too.</summary>
    private static JsonObject Demands(Type type, bool isNew, object start)
    {
        var shape = RecordShape.Of(type);
        var demands = new JsonObject();
        if (isNew && Required(shape) is { Count: > 0 } required)
        {
            demands["required"] = required;
        }

        var sections = shape.Members.Where(member => RecordShape.IsRecord(member.Type))
            .Select(member => (
                member.Key,
                Value: member.Property.GetValue(start) is { } given
                    ? Demands(member.Type, isNew: false, given)
                    : Demands(member.Type, isNew: true, RecordShape.Of(member.Type).StartingPoint(null, null))))
            .Where(section => section.Value.Count > 0).ToArray();
        if (sections.Length > 0)
        {
            demands["properties"] = new JsonObject(sections.Select(section => KeyValuePair.Create(section.Key, (JsonNode?)section.Value)));
        }

        return demands;
    }

    private static JsonArray Required(RecordShape shape)
        => [.. shape.Members.Where(member => member.IsRequired).Select(member => (JsonNode)member.Key)];

    private JsonObject Property(Type owner, RecordMember member, object defaults, bool isWhole)
    {
        var schema = Value(member.Type, member.Property.GetValue(defaults), isWhole, $"{owner.Name}.{member.Key}");
        foreach (var rule in member.Rules)
        {
            Constrain(schema, rule, member.Type);
        }

        if (member.IsNullable)
        {
            AllowNull(schema);
        }

        Describe(schema, _documentation.Of(member.Property));
        if (!member.IsRequired && States(member, member.Property.GetValue(defaults)))
        {
            schema["default"] = Json(member.Property.GetValue(defaults));
        }

        return schema;
    }

    /// <param name="declared">Its type.</param>
    /// <param name="start">What it is where it is not written; null where that is not known.</param>
    /// <param name="isWhole">As for <see cref="Record"/>.</param>
    /// <param name="place">A name for it.</param>
    private JsonObject Value(Type declared, object? start, bool isWhole, string place)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type switch
        {
            _ when RecordShape.IsRecord(type) => new JsonObject { ["$ref"] = Reference(type, start, isWhole, place) },
            _ when type == typeof(Interval) => new JsonObject
            {
                ["type"] = "array",
                ["items"] = Value(typeof(double), null, isWhole, place),
                ["minItems"] = 2,
                ["maxItems"] = 2,
            },
            _ when ConfigTypes.ElementOf(type) is { } element
                => new JsonObject { ["type"] = "array", ["items"] = Value(element, null, isWhole: true, place) },
            _ when ConfigTypes.ValueOf(type) is { } held
                => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(held, null, isWhole, place) },
            { IsEnum: true } => new JsonObject
            {
                ["anyOf"] = new JsonArray(
                    new JsonObject { ["enum"] = new JsonArray([.. ScalarParser.EnumNames(type).Select(member => (JsonNode)member.Name)]) },
                    new JsonObject { ["type"] = "string", ["pattern"] = Variable }),
            },
            _ when type == typeof(string) => new JsonObject { ["type"] = Types("string", "number", "boolean") },
            _ when type == typeof(bool) => new JsonObject { ["type"] = Types("boolean", "string"), ["pattern"] = Variable },
            _ when type == typeof(ulong) => new JsonObject { ["type"] = Types("integer", "string"), ["pattern"] = Number, ["minimum"] = 0 },
            _ when ScalarParser.IsInteger(type) => new JsonObject { ["type"] = Types("integer", "string"), ["pattern"] = Number },
            _ => new JsonObject { ["type"] = Types("number", "string"), ["pattern"] = NumberOrFraction },
        };
    }

    private string Reference(Type type, object? given, bool isWhole, string place)
    {
        var start = given ?? RecordShape.Of(type).StartingPoint(null, null);
        var variant = (type, ConfigYaml.Write(start), isWhole && given is null);
        if (!_names.TryGetValue(variant, out var reference))
        {
            var name = Enumerable.Range(2, int.MaxValue - 2)
                .Select(count => $"{place}-{count}")
                .Prepend(place)
                .Prepend(type.Name)
                .First(free => !_definitions.ContainsKey(free));
            _names[variant] = reference = $"#/$defs/{name}";
            _definitions[name] = [];
            _definitions[name] = Record(type, start, variant.Item3);
        }

        return reference;
    }

    private static void Constrain(JsonObject schema, ValidationAttribute rule, Type type)
    {
        switch (rule)
        {
            case RangeAttribute range:
                var numbers = schema["items"] as JsonObject ?? schema;
                var (low, high) = RecordRules.Limits(range);
                Set(numbers, range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum", low);
                Set(numbers, range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum", high);
                break;
            case MinLengthAttribute least:
                schema[$"min{Counted(type)}"] = least.Length;
                break;
            case MaxLengthAttribute most:
                schema[$"max{Counted(type)}"] = most.Length;
                break;
            case RegularExpressionAttribute text:
                schema["pattern"] = $@"^(?:{text.Pattern})$|{Variable}";
                break;
            case LengthAttribute length:
                schema[$"min{Counted(type)}"] = length.MinimumLength;
                schema[$"max{Counted(type)}"] = length.MaximumLength;
                break;
        }
    }

    private static string Counted(Type type) => type == typeof(string) ? "Length" : "Items";

    private static void Set(JsonObject schema, string keyword, double? bound)
    {
        if (bound is { } number)
        {
            schema[keyword] = number;
        }
    }

    private static void AllowNull(JsonObject schema)
    {
        var nothing = new JsonObject { ["type"] = "null" };
        if (schema["anyOf"] is JsonArray choices)
        {
            choices.Add((JsonNode)nothing);
        }
        else if (schema["$ref"] is { } reference)
        {
            schema.Remove("$ref");
            schema["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = reference }, nothing);
        }
        else if (schema["type"] is JsonArray types)
        {
            types.Add((JsonNode)"null");
        }
        else
        {
            schema["type"] = Types((string)schema["type"]!, "null");
        }
    }

    private static void Describe(JsonObject schema, string? summary)
    {
        if (summary is not null)
        {
            schema.Insert(0, "description", summary);
        }
    }

    private static JsonArray Types(params string[] names) => [.. names.Select(name => (JsonNode)name)];

    /// <summary>
    /// Whether a default is to be said: not that of a record whose definition says it already, unless the record may be left out
    /// altogether.
    /// </summary>
    private static bool States(RecordMember member, object? value) => RecordShape.IsRecord(member.Type)
        ? member.IsNullable
            || (value is not null && ConfigYaml.Write(value) != ConfigYaml.Write(RecordShape.Of(member.Type).StartingPoint(null, null)))
        : value is not null;

    private static JsonNode? Json(object? value) => value switch
    {
        null => null,
        string text => text,
        bool truth => truth,
        int number => number,
        long number => number,
        ulong number => number,
        double number when double.IsFinite(number) => number,
        Interval interval => new JsonArray(interval.Low, interval.High),
        IDictionary map
            => new JsonObject(map.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, Json(entry.Value)))),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Json)]),
        _ when RecordShape.IsRecord(value.GetType()) => new JsonObject(RecordShape.Of(value.GetType()).Members
            .Select(member => (member.Key, Value: member.Property.GetValue(value)))
            .Where(pair => pair.Value is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, Json(pair.Value)))),
        _ => ConfigYaml.Spell(value),
    };
}
