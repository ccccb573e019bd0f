using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Training;
using TorchSharp;

namespace PerceptionEncoder.Evaluation;

/// <summary>Results for machines: CLIP-benchmark's shape, and what is needed to measure the same again.</summary>
public static class EvaluationReportJson
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes one result; a file that is there is replaced in one move.</summary>
    /// <param name="path">The file.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="model">Where the weights are from.</param>
    /// <param name="weightsHash">SHA-256 of the weights file.</param>
    /// <param name="config">The resolved options, a record; its properties become lower-case snake keys.</param>
    /// <param name="seed">Of what was random; null where nothing was.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationResult result, string model, string weightsHash, object config, ulong? seed = null)
    {
        var report = new JsonObject
        {
            ["dataset"] = result.Dataset,
            ["model"] = model,
            ["task"] = result.Task,
            ["metrics"] = new JsonObject(result.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value))),
            ["samples"] = result.Samples,
            ["unreadable"] = result.Unreadable,
            ["weights_hash"] = weightsHash,
            ["config"] = JsonSerializer.SerializeToNode(config, Layout),
            ["seed"] = seed,
            ["versions"] = new JsonObject
            {
                ["perception_encoder"] = VersionOf(typeof(EvaluationReportJson)),
                ["torchsharp"] = VersionOf(typeof(torch)),
                ["dotnet"] = Environment.Version.ToString(),
            },
        };
        AtomicFile.WriteAllText(path, report.ToJsonString(Layout) + "\n");
    }

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
