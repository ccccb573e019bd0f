using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;
using TorchSharp;

namespace PerceptionEncoder.Evaluation.Reports;

/// <summary>
/// Results for machines: what CLIP-benchmark writes and its <c>build</c> reads, one result a file, and what is needed to measure the same
/// again.
/// </summary>
public static class EvaluationReportJson
{
    private const string Extension = ".json";

    /// <summary>
    /// Digits of the weights' hash that stand for them where CLIP-benchmark has a checkpoint's name: its <c>build</c> tells models apart by
    /// path and this.
    /// </summary>
    private const int PretrainedLength = 12;

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

    /// <summary>
    /// Writes results: a single one to the file, several to a folder of that name without its <c>.json</c>, a file each: <c>SET.json</c>,
    /// or <c>MODEL-SET.json</c> of several models.
    /// </summary>
    /// <returns>The file or folder.</returns>
    /// <exception cref="UserErrorException">A file or the folder cannot be written.</exception>
    public static string Write(string path, IReadOnlyList<EvaluationReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        if (reports.Count == 1)
        {
            Write(path, reports[0]);
            return path;
        }

        var folder = Path.GetExtension(path) == Extension ? Path.ChangeExtension(path, null) : path;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{folder}: cannot be made ({failure.Message.ReplaceLineEndings(" ")}). "
                + "Several results go to a folder, a file each: name one.",
                failure);
        }

        foreach (var (name, report) in FileNames(reports).Zip(reports))
        {
            Write(Path.Combine(folder, name + Extension), report);
        }

        return folder;
    }

    /// <summary>
    /// Reads a file that <see cref="Write(string, IReadOnlyList{EvaluationReport})"/> or CLIP-benchmark wrote, a list of such results, or a
    /// folder of such files in ordinal order.
    /// </summary>
    /// <exception cref="UserErrorException">Something cannot be read or holds no results.</exception>
    public static IReadOnlyList<EvaluationReport> Read(string path)
    {
        if (Directory.Exists(path))
        {
            string[] files = [.. Directory.GetFiles(path, "*" + Extension).Order(StringComparer.Ordinal)];
            return files.Length > 0
                ? [.. files.SelectMany(Read)]
                : throw new UserErrorException($"{path}: holds no {Extension} file. Name results that --json wrote.");
        }

        try
        {
            using var document = UserJson.Parse(UserText.Read(path));
            var node = JsonNode.Parse(document.RootElement.GetRawText(), documentOptions: new() { AllowDuplicateProperties = false });
            return node is JsonArray several ? [.. several.Select(Report)] : [Report(node)];
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException(
                $"{path}: is no result of an evaluation ({failure.Message.ReplaceLineEndings(" ")}). Name files that --json wrote.",
                failure);
        }
    }

    private static void Write(string path, EvaluationReport report)
        => AtomicFile.WriteAllText(path, Secrets.Conceal(Node(report))!.ToJsonString(Layout) + "\n");

    /// <summary>A name for each result: its set's, after its model's where there are several; a repeated one is numbered.</summary>
    private static IEnumerable<string> FileNames(IReadOnlyList<EvaluationReport> reports)
    {
        string[] models = [.. reports.Select(report => report.Model).Distinct()];
        var shortNames = models.Zip(ShortNames.Of(models)).ToDictionary(pair => pair.First, pair => pair.Second);
        var seen = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var report in reports)
        {
            var name = (models.Length > 1 ? $"{shortNames[report.Model]}-" : "") + report.Result.Dataset;
            name = string.Concat(name.Select(letter => char.IsControl(letter) || letter is '/' or '\\' or ':' ? '-' : letter))
                .TrimStart('.');
            seen[name] = seen.GetValueOrDefault(name) + 1;
            yield return seen[name] == 1 ? name : $"{name}-{seen[name]}";
        }
    }

    private static JsonObject Node(EvaluationReport report) => new JsonObject
    {
        ["dataset"] = report.Result.Dataset,
        ["model"] = report.Model,
        ["pretrained"] = report.WeightsHash[..Math.Min(report.WeightsHash.Length, PretrainedLength)],
        ["task"] = report.Result.Task,
        ["metrics"] = new JsonObject(report.Result.Metrics.Select(metric => KeyValuePair.Create(metric.Key, (JsonNode?)metric.Value))),
        ["language"] = "en",
        ["samples"] = report.Result.Samples,
        ["unreadable"] = report.Result.Unreadable,
        ["weights_hash"] = report.WeightsHash,
        ["weights"] = WeightsLocation.KindOf(report.Model),
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
            Required(node, "metrics").AsObject()
                .Where(metric => metric.Value?.GetValueKind() == JsonValueKind.Number)
                .ToDictionary(metric => metric.Key, metric => metric.Value!.GetValue<double>()),
            node!["samples"]?.GetValue<int>() ?? 0,
            node["unreadable"]?.GetValue<int>() ?? 0),
        Required(node, "model").GetValue<string>(),
        node["weights_hash"]?.GetValue<string>() ?? "",
        node["config"]?.DeepClone(),
        node["seed"]?.GetValue<ulong>());

    private static JsonNode Required(JsonNode? node, string key)
        => (node as JsonObject)?[key] ?? throw new FormatException($"it has no '{key}'");

    private static string VersionOf(Type type) => type.Assembly.GetName().Version?.ToString(3) ?? "unknown";
}
