using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>Scores detections in a file, of this or another system, as COCO does.</summary>
public sealed record DetectionEvaluation
{
    /// <summary>Annotations in COCO's format, such as <c>instances_val2017.json</c>.</summary>
    public required string Truth { get; init; }

    /// <summary>Detections in COCO's format of results.</summary>
    public required string Predictions { get; init; }

    /// <summary>What is compared.</summary>
    public DetectionKind Kind { get; init; }

    /// <summary>Whether objects are found whatever they are said to be.</summary>
    public bool ClassAgnostic { get; init; }

    /// <summary>Reads both and compares them.</summary>
    /// <param name="log">Takes a line where detections are left out.</param>
    /// <exception cref="UserErrorException">A file cannot be read, or the two do not belong together; says where.</exception>
    public DetectionScores Run(Action<string> log)
    {
        ArgumentNullException.ThrowIfNull(log);
        var set = CocoTruth.Read(Truth, Kind);
        var metrics = new DetectionMetrics(set, CocoResults.Read(Predictions, set, Kind, log), ClassAgnostic);
        return new DetectionScores(
            new EvaluationResult(
                Path.GetFileNameWithoutExtension(Truth),
                Kind == DetectionKind.Bbox ? "detection_bbox" : "detection_segm",
                metrics.Figures(),
                set.Images.Count,
                0),
            metrics.ByCategory());
    }
}
