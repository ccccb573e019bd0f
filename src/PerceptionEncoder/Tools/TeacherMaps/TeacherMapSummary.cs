namespace PerceptionEncoder.Tools.TeacherMaps;

/// <summary>What an extraction of teacher maps has done.</summary>
/// <param name="Shards">That are complete, those of an earlier run included.</param>
/// <param name="Resumed">That an earlier run had written.</param>
/// <param name="Images">Stored in this run.</param>
/// <param name="Unreadable">Left out in this run.</param>
/// <param name="BytesPerImage">Of a map.</param>
/// <param name="CosineError">
/// How far the similarities of two places of an image come out from what they were, as a mean over all images of this run; of uncompressed
/// maps float16 alone. Not a number where none was stored.
/// </param>
/// <param name="Seconds">Time it took.</param>
public sealed record TeacherMapSummary(
    int Shards,
    int Resumed,
    long Images,
    long Unreadable,
    long BytesPerImage,
    double CosineError,
    double Seconds)
{
    /// <summary>Images stored a second.</summary>
    public double ImagesPerSecond => Images / Seconds;
}
