namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>Which patches are near another.</summary>
public enum NeighborhoodShape
{
    /// <summary>No row and no column farther away than the radius, as DINO has it.</summary>
    Square,

    /// <summary>No farther away than the radius as the crow flies, as DINOv3 has it.</summary>
    Circle,
}
