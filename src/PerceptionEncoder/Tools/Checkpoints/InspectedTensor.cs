namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>A tensor in a weights file.</summary>
/// <param name="Name">The file's own name for it.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="DType">Element type.</param>
/// <param name="Bytes">Bytes of its values.</param>
public sealed record InspectedTensor(
    string Name,
    IReadOnlyList<long> Shape,
    [property: System.Text.Json.Serialization.JsonPropertyName("dtype")] string DType,
    long Bytes)
{
    /// <summary>How many numbers it has.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Numbers => Shape.Aggregate(1L, (product, side) => product * side);
}
