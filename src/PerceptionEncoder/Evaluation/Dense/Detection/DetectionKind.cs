namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>What of detections is compared.</summary>
public enum DetectionKind
{
    /// <summary>Boxes.</summary>
    Bbox,

    /// <summary>Masks.</summary>
    Segm,
}
