using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>The depth of every pixel.</summary>
/// <param name="Height">Pixels.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Readings">[height, width], as in the file; 0 where there is none.</param>
/// <param name="Scale">What a metre is in the file.</param>
internal sealed record DepthMap(int Height, int Width, ushort[] Readings, double Scale)
{
    /// <summary>File of the picture that it is of; empty where there is none.</summary>
    public string Picture { get; init; } = "";

    /// <summary>The picture's name in its set.</summary>
    public string Key { get; init; } = "";

    /// <summary>Reads a map.</summary>
    /// <exception cref="Data.Shards.BadSampleException">It cannot be read.</exception>
    /// <exception cref="ImageException">It is no PNG of one channel.</exception>
    public static DepthMap Read(string path, double scale, long maximumPixels)
    {
        var image = NumberImage.Decode(MediaItem.OfFile(path).ReadBytes().Span, maximumPixels);
        return new DepthMap(image.Height, image.Width, image.Values, scale);
    }

    /// <summary>
    /// Readings at the middles of the cells of a grid, for training: they are not averaged, which would blend near and far.
    /// </summary>
    /// <param name="side">Cells a side.</param>
    public DepthMap At(int side)
    {
        var cells = new ushort[side * side];
        for (var cell = 0; cell < cells.Length; cell++)
        {
            var (y, x) = Math.DivRem(cell, side);
            cells[cell] = Readings[((((2 * y) + 1) * Height / (2 * side)) * Width) + (((2 * x) + 1) * Width / (2 * side))];
        }

        return this with { Height = side, Width = side, Readings = cells };
    }

    /// <summary>float32 [height, width]; 0 where there is no reading.</summary>
    public Tensor Metres() => tensor(Array.ConvertAll(Readings, reading => (float)(reading / Scale))).view(Height, Width);
}
