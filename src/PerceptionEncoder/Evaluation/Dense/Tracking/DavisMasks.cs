namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>What DAVIS reads from the masks of a clip.</summary>
internal static class DavisMasks
{
    /// <summary>Number of objects: the highest index of the first mask. An index that occurs nowhere counts too.</summary>
    /// <param name="first">Indices, <see cref="MaskScores.Void"/> among them.</param>
    public static int Objects(ReadOnlySpan<byte> first)
    {
        var highest = 0;
        foreach (var value in first)
        {
            highest = value != MaskScores.Void && value > highest ? value : highest;
        }

        return highest;
    }
}
