using System.Text.Json;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>How far a feature file has come; what lies beyond it in the partial files does not count.</summary>
/// <param name="Fingerprint">Of what is being encoded: inputs, weights, options.</param>
/// <param name="Type">Of a number.</param>
/// <param name="RowShape">Of a row.</param>
/// <param name="Rows">Whole rows on disk.</param>
/// <param name="Inputs">Inputs they came from, unreadable ones included.</param>
/// <param name="KeyBytes">Bytes of the keys of these rows.</param>
/// <param name="Complete">Whether nothing is left to do but to rename.</param>
/// <param name="NotFinite">Rows with a number that is not finite.</param>
internal sealed record FeatureJournal(
    string Fingerprint,
    string Type,
    IReadOnlyList<long> RowShape,
    long Rows,
    long Inputs,
    long KeyBytes,
    bool Complete,
    long NotFinite = 0)
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>Null where there is none.</summary>
    /// <exception cref="UserErrorException">The file is no journal.</exception>
    public static FeatureJournal? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<FeatureJournal>(UserText.Read(path), Layout);
        }
        catch (JsonException failure)
        {
            throw new UserErrorException(
                $"{path}: not a journal of an interrupted run ({failure.Message.ReplaceLineEndings(" ")}). Delete it to start again.",
                failure);
        }
    }

    /// <summary>Whether it was begun for the same rows out of the same inputs.</summary>
    public bool IsOf(string fingerprint, FeatureRow row)
        => Fingerprint == fingerprint && Type == row.Type.ToString() && RowShape.SequenceEqual(row.Shape);

    /// <summary>Replaces the file in one move, flushed to disk.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Write(string path) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(this, Layout) + "\n");
}
