namespace PerceptionEncoder.Inference;

/// <summary>
/// A picture as an encoder takes it: decoded and resized. Plain memory without anything to dispose, never changed, safe to share between
/// threads; good for every encoder of its side.
/// </summary>
public sealed class PreparedImage
{
    /// <param name="planes">[3, side, side] RGB, 8 bits; not copied.</param>
    /// <param name="side">In pixels.</param>
    internal PreparedImage(byte[] planes, int side)
    {
        Planes = planes;
        Side = side;
    }

    /// <summary>In pixels, of height and width.</summary>
    public int Side { get; }

    /// <summary>[3, side, side] RGB, 8 bits.</summary>
    internal byte[] Planes { get; }
}
