namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>Two pictures and places in the first whose like in the second is known.</summary>
/// <param name="Name">Of the pair.</param>
/// <param name="Source">Path of the first picture below the set's folder.</param>
/// <param name="Target">Path of the second.</param>
/// <param name="SourceSize">Of the first.</param>
/// <param name="TargetSize">Of the second.</param>
/// <param name="SourcePoints">Places in the first.</param>
/// <param name="TargetPoints">The same places in the second.</param>
/// <param name="BoxLength">The longer side of the box around the object in the second; null where there is none.</param>
internal sealed record KeyPointPair(
    string Name, string Source, string Target, PictureSize SourceSize, PictureSize TargetSize, IReadOnlyList<KeyPoint> SourcePoints,
    IReadOnlyList<KeyPoint> TargetPoints, double? BoxLength)
{
    /// <summary>What distances are measured by.</summary>
    /// <param name="length">Null for the box where there is one.</param>
    public double Length(CorrespondenceLength? length)
        => length != CorrespondenceLength.Image && BoxLength is { } box ? box : Math.Max(TargetSize.Width, TargetSize.Height);
}
