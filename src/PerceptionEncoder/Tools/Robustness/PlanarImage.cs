namespace PerceptionEncoder.Tools.Robustness;

/// <summary>An RGB picture, plane by plane.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Planes">[3, Height, Width], 8 bits.</param>
internal sealed record PlanarImage(int Height, int Width, byte[] Planes)
{
    /// <summary>Pixels of a plane.</summary>
    public int Area => Height * Width;

    /// <summary>Brightness of each pixel, ITU-R 601-2, in [0, 255].</summary>
    public float[] Luma()
    {
        var luma = new float[Area];
        for (var i = 0; i < luma.Length; i++)
        {
            luma[i] = (0.299f * Planes[i]) + (0.587f * Planes[Area + i]) + (0.114f * Planes[(2 * Area) + i]);
        }

        return luma;
    }

    /// <summary>A picture of the same size whose values are computed one by one, rounded and clipped.</summary>
    /// <param name="value">By index into <see cref="Planes"/>.</param>
    public PlanarImage Map(Func<int, double> value)
    {
        var planes = new byte[Planes.Length];
        for (var i = 0; i < planes.Length; i++)
        {
            planes[i] = (byte)Math.Clamp(Math.Round(value(i)), 0, 255);
        }

        return this with { Planes = planes };
    }
}
