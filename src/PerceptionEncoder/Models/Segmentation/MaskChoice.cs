namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Which of the four masks of a prompt are wanted.</summary>
public enum MaskChoice
{
    /// <summary>The three of a prompt that may mean several things, such as a single point: part, subpart, whole.</summary>
    Three,

    /// <summary>
    /// One: the mask of a clear prompt where it is stable, else the best of the three. What published builds give for several points.
    /// </summary>
    Best,

    /// <summary>The mask of a clear prompt, stable or not.</summary>
    Single,
}
