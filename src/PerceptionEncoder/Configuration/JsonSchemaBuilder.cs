using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Configuration;

/// <summary>Record types -> JSON schema; the root in place, each other record once under <c>$defs</c>.</summary>
internal sealed class JsonSchemaBuilder(Type root)
{
    private const string Variable = @"\$\{";
    private const string Number = $@"^{ScalarParser.NumberPattern}$|{Variable}";
    private const string NumberOrFraction = $@"^{ScalarParser.NumberPattern}(\s*/\s*{ScalarParser.NumberPattern})?$|{Variable}";

    private readonly SortedDictionary<string, JsonObject> _definitions = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, string> _names = new() { [root] = "#" };
    private readonly XmlDocumentation _documentation = new(root.Assembly);

    public JsonObject Build()
    {
        var schema = Record(root);
        var required = RecordShape.Of(root).Members.Where(member => member.IsRequired).Select(member => (JsonNode)member.Key).ToArray();
        if (required.Length > 0)
        {
            schema["anyOf"] = new JsonArray(
                new JsonObject { ["required"] = new JsonArray(ConfigSources.Extends) },
                new JsonObject { ["required"] = new JsonArray(required) });
        }

        if (_definitions.Count > 0)
        {
            schema["$defs"] = new JsonObject(_definitions.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        return schema;
    }

    private JsonObject Record(Type type)
    {
        var shape = RecordShape.Of(type);
        var defaults = shape.StartingPoint(null, null);
        var schema = new JsonObject();
        Describe(schema, _documentation.Of(type));
        schema["type"] = shape.Shorthand is null ? "object" : Types("object", "string");
        schema["properties"] = new JsonObject(shape.Members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)Property(member, defaults))));
        schema["additionalProperties"] = false;
        return schema;
    }

    private JsonObject Property(RecordMember member, object defaults)
    {
        var schema = Value(member.Type);
        foreach (var rule in member.Rules)
        {
            Constrain(schema, rule, member.Type);
        }

        if (member.IsNullable)
        {
            AllowNull(schema);
        }

        Describe(schema, _documentation.Of(member.Property));
        if (!member.IsRequired && member.Property.GetValue(defaults) is { } value && !IsOwnDefault(value))
        {
            schema["default"] = Json(value);
        }

        return schema;
    }

    private JsonObject Value(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type switch
        {
            _ when RecordShape.IsRecord(type) => new JsonObject { ["$ref"] = Reference(type) },
            _ when type == typeof(Interval) => new JsonObject { ["type"] = "array", ["items"] = Value(typeof(double)), ["minItems"] = 2, ["maxItems"] = 2 },
            _ when ConfigTypes.ElementOf(type) is { } element => new JsonObject { ["type"] = "array", ["items"] = Value(element) },
            _ when ConfigTypes.ValueOf(type) is { } held => new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(held) },
            { IsEnum: true } => new JsonObject
            {
                ["anyOf"] = new JsonArray(
                    new JsonObject { ["enum"] = new JsonArray([.. ScalarParser.EnumNames(type).Select(member => (JsonNode)member.Name)]) },
                    new JsonObject { ["type"] = "string", ["pattern"] = Variable }),
            },
            _ when type == typeof(string) => new JsonObject { ["type"] = Types("string", "number", "boolean") },
            _ when type == typeof(bool) => new JsonObject { ["type"] = Types("boolean", "string"), ["pattern"] = Variable },
            _ when ScalarParser.IsInteger(type) => new JsonObject { ["type"] = Types("integer", "string"), ["pattern"] = Number },
            _ => new JsonObject { ["type"] = Types("number", "string"), ["pattern"] = NumberOrFraction },
        };
    }

    private string Reference(Type type)
    {
        if (!_names.TryGetValue(type, out var reference))
        {
            var name = _definitions.ContainsKey(type.Name) ? type.FullName! : type.Name;
            _names[type] = reference = $"#/$defs/{name}";
            _definitions[name] = [];
            _definitions[name] = Record(type);
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

    /// <summary>A record whose members are all at the defaults that its definition states already.</summary>
    private static bool IsOwnDefault(object value) =>
        RecordShape.IsRecord(value.GetType()) && ConfigYaml.Write(value) == ConfigYaml.Write(RecordShape.Of(value.GetType()).StartingPoint(null, null));

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
        IDictionary map => new JsonObject(map.Cast<DictionaryEntry>().Select(entry => KeyValuePair.Create((string)entry.Key, Json(entry.Value)))),
        IEnumerable items => new JsonArray([.. items.Cast<object?>().Select(Json)]),
        _ when RecordShape.IsRecord(value.GetType()) => new JsonObject(RecordShape.Of(value.GetType()).Members
            .Select(member => (member.Key, Value: member.Property.GetValue(value)))
            .Where(pair => pair.Value is not null)
            .Select(pair => KeyValuePair.Create(pair.Key, Json(pair.Value)))),
        _ => ConfigYaml.Spell(value),
    };
}
