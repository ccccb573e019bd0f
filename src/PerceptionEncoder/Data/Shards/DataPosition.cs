namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Where reading continues: everything resume needs, and nothing that depends on how far workers ran ahead. Serialises to JSON.
/// </summary>
/// <param name="Draws">Samples drawn so far from all sources, bad ones included: the counter that seeds source choice.</param>
/// <param name="Sources">One position per configured source, in order; empty at the very start.</param>
public sealed record DataPosition(long Draws, IReadOnlyList<SourcePosition> Sources)
{
    /// <summary>The start of the first epoch.</summary>
    public static DataPosition Start { get; } = new(0, []);
}
