using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Training;

/// <summary>
/// <c>metrics.jsonl</c>: one JSON object a line, for a logged step or an evaluation. Figures that are not finite are written as null.
/// </summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly string path;
    private readonly StreamWriter writer;

    /// <summary>Opens the file for appending, dropping what a run continued at <paramref name="resumeStep"/> will write again.</summary>
    /// <param name="path">The file; made anew where the run starts at step 0.</param>
    /// <param name="resumeStep">Steps completed.</param>
    /// <param name="evaluatedStep">
    /// Steps completed at the last whole evaluation: of a later one that was broken off, what it measured will be written again. Null where
    /// all are whole.
    /// </param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public MetricsLog(string path, long resumeStep, long? evaluatedStep = null)
    {
        this.path = path;
        try
        {
            var kept = resumeStep > 0 && File.Exists(path)
                ? File.ReadLines(path)
                    .Where(line => StepOf(line, out var isEvaluation) is var step
                        && step <= (isEvaluation ? Math.Min(resumeStep, evaluatedStep ?? resumeStep) : resumeStep))
                : [];
            AtomicFile.WriteAllText(path, string.Concat(kept.Select(line => line + "\n")));
            writer = new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false))
            {
                AutoFlush = true,
            };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message}). Free space or choose a writable run.output.",
                failure);
        }
    }

    /// <summary>Appends a logged step.</summary>
    public void Append(long step, IReadOnlyDictionary<string, double> metrics)
        => Write(step, metrics.Select(metric => new KeyValuePair<string, JsonNode?>(metric.Key, Number(metric.Value))));

    /// <summary>Appends what an evaluator measured.</summary>
    public void AppendEvaluation(long step, long samples, string name, EvaluationResult result)
    {
        var figures = new JsonObject(
            result.Metrics.Select(metric => new KeyValuePair<string, JsonNode?>(metric.Key, Number(metric.Value))));
        Write(step, [new("samples", samples), new("evaluation", new JsonObject([new(name, figures)]))]);
    }

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();

    private void Write(long step, IEnumerable<KeyValuePair<string, JsonNode?>> fields)
    {
        var line = new JsonObject([new("step", step), .. fields]);
        try
        {
            writer.WriteLine(line.ToJsonString());
        }
        catch (IOException failure)
        {
            throw new UserErrorException(
                $"{path}: cannot be written ({failure.Message}). Free space, then continue with --resume.",
                failure);
        }
    }

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>A line that was cut by a crash counts as later than any step.</summary>
    private static long StepOf(string line, out bool isEvaluation)
    {
        isEvaluation = false;
        try
        {
            using var document = JsonDocument.Parse(line);
            isEvaluation = document.RootElement.TryGetProperty("evaluation", out _);
            return document.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return long.MaxValue;
        }
    }
}
