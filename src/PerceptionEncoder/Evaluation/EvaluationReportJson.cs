using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PerceptionEncoder.Evaluation.Reports;
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
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
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
        => Write(path, [new EvaluationReport(result, model, weightsHash, config, seed)]);

    /// <summary>Writes results: one as an object, several as a list of such objects.</summary>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<EvaluationReport> reports)
    {
        JsonNode node = reports.Count == 1 ? Node(reports[0]) : new JsonArray([.. reports.Select(Node)]);
        AtomicFile.WriteAllText(path, node.ToJsonString(Layout) + "\n");
    }

    /// <summary>Reads what <see cref="Write(string, IReadOnlyList{EvaluationReport})"/> wrote, or a result of CLIP-benchmark.</summary>
    /// <exception cref="UserErrorException">The file cannot be read or holds no results.</exception>
    public static IReadOnlyList<EvaluationReport> Read(string path)
    {
        try
        {
            // Python writes what is no number as NaN, which JSON does not know.
            var node = JsonNode.Parse(File.ReadAllText(path).Replace(": NaN", ": null", StringComparison.Ordinal), documentOptions: new() { AllowDuplicateProperties = false });
            return node is JsonArray several ? [.. several.Select(Report)] : [Report(node)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check the path and the file's permissions.", failure);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException($"{path}: is no result of an evaluation ({failure.Message.ReplaceLineEndings(" ")}). Name files that --json wrote.", failure);
        }
    }

    private static JsonNode Node(EvaluationReport report) => new JsonObject
    {
        ["dataset"] = report.Result.Dataset,
        ["model"] = report.Model,
        ["task"] = report.Result.Task,
        ["metrics"] = new JsonObject(report.Result.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value))),
        ["samples"] = report.Result.Samples,
        ["unreadable"] = report.Result.Unreadable,
        ["weights_hash"] = report.WeightsHash,
        ["config"] = JsonSerializer.SerializeToNode(report.Config, Layout),
        ["seed"] = report.Seed,
        ["versions"] = new JsonObject
        {
            ["perception_encoder"] = VersionOf(typeof(EvaluationReportJson)),
            ["torchsharp"] = VersionOf(typeof(torch)),
            ["dotnet"] = Environment.Version.ToString(),
        },
    };

    /// <summary>Figures that are no numbers, such as CLIP-benchmark's top-5 accuracy of few classes, are left out.</summary>
    private static EvaluationReport Report(JsonNode? node) => new(
        new EvaluationResult(
            Required(node, "dataset").GetValue<string>(),
            Required(node, "task").GetValue<string>(),
            Required(node, "metrics").AsObject().Where(metric => metric.Value?.GetValueKind() == JsonValueKind.Number).ToDictionary(metric => metric.Key, metric => metric.Value!.GetValue<double>()),
            node!["samples"]?.GetValue<int>() ?? 0,
            node["unreadable"]?.GetValue<int>() ?? 0),
        Required(node, "model").GetValue<string>(),
        node["weights_hash"]?.GetValue<string>() ?? "",
        node["config"]?.DeepClone(),
        node["seed"]?.GetValue<ulong>());

    private static JsonNode Required(JsonNode? node, string key) => (node as JsonObject)?[key] ?? throw new FormatException($"it has no '{key}'");

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
