namespace PerceptionEncoder.Serialization.Weights;

/// <summary>A member of a zip archive.</summary>
/// <param name="Name">Path inside the archive.</param>
/// <param name="Begin">Offset of its first byte in the file.</param>
/// <param name="Length">Bytes in the file.</param>
/// <param name="IsStored">Whether they are the member's own, neither compressed nor encrypted.</param>
internal sealed record ZipMember(string Name, long Begin, long Length, bool IsStored)
{
    /// <summary>The member, where its bytes can be used in place.</summary>
    /// <exception cref="FormatException">They cannot.</exception>
    public ZipMember InPlace
        => IsStored
            ? this
            : throw new FormatException($"its member {ShownText.Of(Name)} is compressed or encrypted, which torch.save never does");
}
