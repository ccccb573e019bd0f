namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>What happens to a tensor's values between the published layout and another.</summary>
internal enum Rearrangement
{
    /// <summary>Nothing.</summary>
    Same,

    /// <summary>The other layout has one leading dimension of size 1 more.</summary>
    OneLeadingDimension,

    /// <summary>The other layout has two leading dimensions of size 1 more.</summary>
    TwoLeadingDimensions,

    /// <summary>The other layout keeps a projection as a linear layer does: [out, in].</summary>
    Transposed,

    /// <summary>Rows of query, key and value in one tensor here; there the query's apart from those of key and value.</summary>
    QueryApart,

    /// <summary>
    /// Rows of each head: here the two channels that rotary positions turn together lie side by side, there half a head apart.
    /// </summary>
    RotaryHalves,
}
