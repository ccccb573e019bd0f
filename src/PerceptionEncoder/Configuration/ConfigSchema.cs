using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Configuration;

/// <summary>The JSON schema (draft 2020-12) of a config record, by which editors complete and check.</summary>
/// <remarks>
/// A file that extends another may leave required keys to it, but for those of a list's items, which join no others. Cross-checks between
/// keys are not in it: the loader has the last word. Numbers may be text such as <c>200k</c>, and every scalar may be text with
/// <c>${NAME}</c>.
/// </remarks>
public static class ConfigSchema
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The schema. Descriptions are the XML comments, where the assembly's XML file lies beside it.</summary>
    /// <returns>Indented JSON that ends with a line break.</returns>
    public static string Generate<T>()
        where T : class
    {
        var schema = new JsonSchemaBuilder(typeof(T)).Build();
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", typeof(T).Name);
        ((JsonObject)schema["properties"]!).Insert(0, ConfigSources.Extends, new JsonObject
        {
            ["description"] = "Base config, relative to this file: maps join it key by key, everything else replaces.",
            ["type"] = "string",
        });
        return schema.ToJsonString(s_format) + "\n";
    }
}
