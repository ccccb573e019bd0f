namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>Whose evaluation is followed in what no option says.</summary>
public enum TrackingProtocol
{
    /// <summary>DINO's script: square neighbourhood, temperature 0.1, the long side cut down to a multiple of 64, smooth masks.</summary>
    Dino,

    /// <summary>DINOv3's notebook: round neighbourhood, temperature 0.2, sides rounded up to patches, masks as coarse as those.</summary>
    Dinov3,
}
