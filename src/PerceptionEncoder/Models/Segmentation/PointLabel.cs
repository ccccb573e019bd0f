namespace PerceptionEncoder.Models.Segmentation;

/// <summary>What a point of a prompt means; the values are the published ones.</summary>
public enum PointLabel
{
    /// <summary>It fills up a row.</summary>
    None = -1,

    /// <summary>It is outside of what is meant.</summary>
    Background = 0,

    /// <summary>It is on what is meant.</summary>
    Foreground = 1,

    /// <summary>The upper left corner of a box around it.</summary>
    UpperLeft = 2,

    /// <summary>The lower right corner.</summary>
    LowerRight = 3,
}
