namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>Of what the share is, within which a key point is right.</summary>
public enum CorrespondenceLength
{
    /// <summary>The longer side of the box around the object in the second picture.</summary>
    Box,

    /// <summary>The longer side of the second picture.</summary>
    Image,
}
