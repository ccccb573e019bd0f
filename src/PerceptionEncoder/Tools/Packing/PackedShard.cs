namespace PerceptionEncoder.Tools.Packing;

/// <summary>A finished shard, as the journal keeps it.</summary>
/// <param name="Split">The part.</param>
/// <param name="Index">Of the shard in its part.</param>
/// <param name="Samples">How many it holds.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Row">Number of the last row of the part that it covers.</param>
/// <param name="Bad">Rows of the part since the shard before whose files cannot be used.</param>
internal sealed record PackedShard(string Split, int Index, long Samples, long Bytes, long Row, IReadOnlyList<BadRow> Bad)
{
    /// <summary>Its path in the output folder.</summary>
    public string File => Path.Combine(Split, $"{Index:D5}.tar");
}
