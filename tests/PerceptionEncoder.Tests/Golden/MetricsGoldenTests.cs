using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>
/// Zero-shot classification and retrieval as CLIP-benchmark and the published Perception Encoder evaluation compute them. A case is an
/// entry of the recording's <c>metrics</c>; one with template embeddings is a classification, one with recall@k a retrieval.
/// </summary>
public class MetricsGoldenTests
{
    /// <summary>The recorded averages are float32.</summary>
    private const double AverageTolerance = 1e-6;

    public static TheoryData<string, string> Classifications
        => Cases((file, name, _) => file.Entries.ContainsKey($"{name}/in/template_embeddings"));

    public static TheoryData<string, string> Retrievals
        => Cases((_, _, metrics) => metrics.EnumerateObject().Any(metric => metric.Name.Contains("_recall@", StringComparison.Ordinal)));

    [SkippableTheory]
    [MemberData(nameof(Classifications))]
    public void Zero_shot_classifier_weights_and_logits_equal_the_recorded_ones(string fileName, string name)
    {
        using var file = GoldenFolder.Open(fileName);
        using var scope = NewDisposeScope();
        var weights = ZeroShotClassifier.Weights(file.Read($"{name}/in/template_embeddings"));
        var logits = ZeroShotClassifier.Logits(file.Read($"{name}/in/image_features"), weights);

        if (file.Entries.ContainsKey($"{name}/out/classifier"))
        {
            Assert.InRange(GoldenFolder.MaxDifference(file.Read($"{name}/out/classifier"), weights), 0, 1e-6);
        }

        Assert.InRange(GoldenFolder.MaxDifference(file.Read($"{name}/out/logits"), logits), 0, 1e-4); // 100 times a cosine
    }

    [SkippableTheory]
    [MemberData(nameof(Classifications))]
    public void Classification_metrics_equal_the_recorded_ones(string fileName, string name)
    {
        using var file = GoldenFolder.Open(fileName);
        using var scope = NewDisposeScope();
        var logits = file.Read($"{name}/out/logits");
        var targets = file.Read($"{name}/in/targets");
        if (targets.dim() == 2)
        {
            var perClass = MultilabelMetrics.AveragePrecision(logits, targets);
            Assert.InRange(GoldenFolder.MaxDifference(file.Read($"{name}/out/ap_per_class"), perClass), 0, AverageTolerance);
            AssertMetrics(
                file,
                name,
                new Dictionary<string, double> { ["mean_average_precision"] = MultilabelMetrics.MeanAveragePrecision(logits, targets) });
            return;
        }

        var metrics = new ClassificationMetrics((int)logits.shape[1]);
        var labels = Indices(targets);
        const int Batch = 10; // several batches and an incomplete one
        for (var start = 0; start < labels.Length; start += Batch)
        {
            var end = Math.Min(start + Batch, labels.Length);
            metrics.Add(logits.narrow(0, start, end - start), labels[start..end]);
        }

        AssertMetrics(file, name, metrics.Compute());
    }

    [SkippableTheory]
    [MemberData(nameof(Retrievals))]
    public void Retrieval_recall_equals_the_recorded_one(string fileName, string name)
    {
        using var file = GoldenFolder.Open(fileName);
        using var scope = NewDisposeScope();
        var (images, texts, imageOfText, captions, scale) = RetrievalCase(file, name);
        var cutoffs = Cutoffs(file);

        AssertMetrics(file, name, RetrievalMetrics.Recall(images, texts, imageOfText, cutoffs, captions, scale));
        for (var i = 0; i < cutoffs.Length; i++)
        {
            if (!file.Entries.ContainsKey($"{name}/out/image_recall_per_text@{cutoffs[i]}"))
            {
                continue;
            }

            var (ofTexts, ofImages) = RetrievalMetrics.Hits(images, texts, imageOfText, cutoffs, captions, scale);
            Assert.Equal(Flags(file, $"{name}/out/image_recall_per_text@{cutoffs[i]}"), ofTexts[i]);
            Assert.Equal(Flags(file, $"{name}/out/text_recall_per_image@{cutoffs[i]}"), ofImages[i]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Retrievals))]
    public void Retrieval_hits_do_not_depend_on_how_many_scores_are_held_at_once(string fileName, string name)
    {
        using var file = GoldenFolder.Open(fileName);
        using var scope = NewDisposeScope();
        var (images, texts, imageOfText, captions, scale) = RetrievalCase(file, name);

        var whole = RetrievalMetrics.Hits(images, texts, imageOfText, Cutoffs(file), captions, scale);
        var chunked = RetrievalMetrics.Hits(images, texts, imageOfText, Cutoffs(file), captions, scale, scoresAtOnce: 7 * images.shape[0]);

        Assert.Equal(whole.OfTexts, chunked.OfTexts);
        Assert.Equal(whole.OfImages, chunked.OfImages);
    }

    private static TheoryData<string, string> Cases(Func<SafetensorsFile, string, JsonElement, bool> isKind)
    {
        var rows = new TheoryData<string, string>();
        foreach (string fileName in GoldenFolder.Cases("metrics*.safetensors"))
        {
            if (fileName == GoldenFolder.Absent)
            {
                rows.Add(fileName, fileName);
                continue;
            }

            using var file = GoldenFolder.Open(fileName);
            foreach (var metrics in GoldenFolder.Config(file).GetProperty("metrics").EnumerateObject())
            {
                if (metrics.Value.ValueKind == JsonValueKind.Object && isKind(file, metrics.Name, metrics.Value))
                {
                    rows.Add(fileName, metrics.Name);
                }
            }
        }

        return rows;
    }

    /// <summary>
    /// A case takes what it does not record itself from the case it is a variant of: <c>a_b_c</c>, then <c>a_b</c>, then <c>a</c>.
    /// </summary>
    private static (Tensor Images, Tensor Texts, int[] ImageOfText, long[]? Captions, double? Scale) RetrievalCase(
        SafetensorsFile file,
        string name)
    {
        string? Find(string tensor)
        {
            for (var prefix = name; prefix.Length > 0; prefix = prefix[..Math.Max(0, prefix.LastIndexOf('_'))])
            {
                if (file.Entries.ContainsKey($"{prefix}/in/{tensor}"))
                {
                    return $"{prefix}/in/{tensor}";
                }
            }

            return null;
        }

        var recorded = GoldenFolder.Config(file).GetProperty("metrics");
        // as the published encoder gives them
        Tensor Units(string tensor) => nn.functional.normalize(file.Read(Find(tensor)!), p: 2, dim: -1);
        double? scale = recorded.TryGetProperty($"{name}_scale", out var stated) ? stated.GetDouble()
            : name.Contains("_reweight", StringComparison.Ordinal) ? 1 : null;
        var captions = Find("caption_id") is { } ids ? file.Read(ids).data<long>().ToArray() : null;
        return (Units("image_features"), Units("text_features"), Indices(file.Read(Find("text_image_index")!)), captions, scale);
    }

    private static int[] Cutoffs(SafetensorsFile file)
        => GoldenFolder.Config(file).GetProperty("retrieval_k").EnumerateArray().Select(k => k.GetInt32()).ToArray();

    private static int[] Indices(Tensor tensor) => tensor.data<long>().Select(value => (int)value).ToArray();

    private static bool[] Flags(SafetensorsFile file, string name)
    {
        using var tensor = file.Read(name);
        return tensor.data<float>().Select(value => value > 0).ToArray();
    }

    private static void AssertMetrics(SafetensorsFile file, string name, IReadOnlyDictionary<string, double> actual)
    {
        var expected = GoldenFolder.Config(file).GetProperty("metrics").GetProperty(name).EnumerateObject().ToArray();
        Assert.Equal(
            expected.Where(metric => metric.Value.ValueKind != JsonValueKind.Null)
                .Select(metric => metric.Name)
                .Order(StringComparer.Ordinal),
            actual.Keys.Order(StringComparer.Ordinal));
        foreach (var metric in expected.Where(metric => metric.Value.ValueKind != JsonValueKind.Null))
        {
            Assert.Equal(metric.Value.GetDouble(), actual[metric.Name], AverageTolerance);
        }
    }
}
