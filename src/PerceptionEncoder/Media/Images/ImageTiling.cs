namespace PerceptionEncoder.Media.Images;

/// <summary>
/// A large picture as several small ones: stretched to a grid of square tiles, row by row, and a squashed thumbnail before them; as PLM
/// does it. Safe to share between threads.
/// </summary>
public sealed class ImageTiling
{
    private readonly (int Across, int Down)[] grids;

    /// <param name="side">Of a tile, in pixels.</param>
    /// <param name="maximumTiles">Without the thumbnail; 1 squashes the picture into one tile, and there is no thumbnail.</param>
    public ImageTiling(int side, int maximumTiles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumTiles, 1);
        Side = side;
        MaximumTiles = maximumTiles;
        grids = [.. Grids(maximumTiles)];
    }

    /// <summary>Of a tile, in pixels.</summary>
    public int Side { get; }

    /// <summary>Without the thumbnail.</summary>
    public int MaximumTiles { get; }

    /// <summary>Thumbnail included.</summary>
    public int MaximumChunks => MaximumTiles == 1 ? 1 : MaximumTiles + 1;

    /// <summary>
    /// Grids of so many tiles or fewer in the order in which they are tried: by falling count and rising width, those of one shape
    /// together.
    /// </summary>
    internal static IEnumerable<(int Across, int Down)> Grids(int maximumTiles)
        => Enumerable.Range(1, maximumTiles).Reverse()
            .SelectMany(count => Enumerable.Range(1, count)
                .Where(across => count % across == 0)
                .Select(across => (Across: across, Down: count / across)))
            .GroupBy(grid => (double)grid.Across / grid.Down)
            .SelectMany(shape => shape);

    /// <summary>
    /// The grid that shows the picture largest, of those it fits into; of those that show it equally large the last. A picture that fits
    /// into none gets the largest grid of the nearest shape: one not wider than itself where it is wide, a wider one where it is high.
    /// </summary>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="limitsArea">The nearest shape goes first, and of one shape the last that enlarges to less than twice the area.</param>
    public (int Across, int Down) Grid(int width, int height, bool limitsArea = false)
    {
        var scale = (double)width / height;
        ((int Across, int Down) Grid, double Width, double Height)? best = null;
        foreach (var grid in grids.Where(grid => Fits(grid, width, height)))
        {
            var shown = Shown(width, height, grid.Across * Side, grid.Down * Side);
            if (best is not { } chosen
                || (limitsArea ? IsNearer(shown, (chosen.Width, chosen.Height))
                    : scale < 1 ? shown.Width >= chosen.Width : shown.Height >= chosen.Height))
            {
                best = (grid, shown.Width, shown.Height);
            }
        }

        return best?.Grid ?? Nearest(scale);

        bool IsNearer((double Width, double Height) one, (double Width, double Height) other)
        {
            var (gap, otherGap) = (Math.Abs(scale - (one.Width / one.Height)), Math.Abs(scale - (other.Width / other.Height)));
            return gap < otherGap || (gap == otherGap && one.Width * one.Height < 2.0 * width * height);
        }
    }

    /// <summary>Whether the picture fits into a grid without becoming smaller.</summary>
    public bool Fits((int Across, int Down) grid, int width, int height) => grid.Across * Side >= width && grid.Down * Side >= height;

    /// <summary>[3, side, side] RGB, 8 bits, of each picture that one becomes, the thumbnail first.</summary>
    public byte[][] Split(DecodedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var length = 3 * Side * Side;
        var planes = new byte[Chunks(image.Width, image.Height) * length];
        Apply(image, planes);
        return [.. planes.Chunk(length)];
    }

    /// <summary>Number of pictures that one becomes, thumbnail included.</summary>
    public int Chunks(int width, int height)
    {
        var (across, down) = Grid(width, height);
        return MaximumTiles == 1 ? 1 : (across * down) + 1;
    }

    /// <summary>Thumbnail and tiles, bicubic as Pillow resizes, after a conversion to RGB.</summary>
    /// <param name="image">In its own mode.</param>
    /// <param name="planes">[chunks, 3, side, side] of the picture's <see cref="Chunks"/>.</param>
    public void Apply(DecodedImage image, Span<byte> planes)
    {
        ArgumentNullException.ThrowIfNull(image);
        var rgb = Rgb(image);
        var whole = new PixelBox(0, 0, rgb.Width, rgb.Height);
        var tile = new PixelBox(0, 0, Side, Side);
        var length = 3 * Side * Side;
        ModeAwareResize.ToRgb(rgb, whole, (Side, Side), tile, Interpolation.Bicubic, planes[..length]);
        if (MaximumTiles == 1)
        {
            return;
        }

        var (across, down) = Grid(image.Width, image.Height);
        for (var index = 0; index < across * down; index++)
        {
            ModeAwareResize.ToRgb(
                rgb,
                whole,
                (down * Side, across * Side),
                tile with { Left = index % across * Side, Top = index / across * Side },
                Interpolation.Bicubic,
                planes.Slice((index + 1) * length, length));
        }
    }

    private static DecodedImage Rgb(DecodedImage image)
    {
        if (!image.Indexed && image.Channels is 1 or 3)
        {
            return image;
        }

        var planes = new byte[3 * image.Width * image.Height];
        var whole = new PixelBox(0, 0, image.Width, image.Height);
        ModeAwareResize.ToRgb(image, whole, (image.Height, image.Width), whole, Interpolation.Bicubic, planes);
        return DecodedImage.OfPlanes(planes, image.Height, image.Width);
    }

    /// <summary>Size of the picture on a canvas, its proportions kept; rounding as published, which decides ties.</summary>
    private static (double Width, double Height) Shown(int width, int height, int canvasWidth, int canvasHeight)
    {
        var scale = (double)width / height;
        var factor = Math.Min((double)canvasWidth / width, (double)canvasHeight / height);
        return scale > 1
            ? (factor * width, Math.Floor(factor * width / scale))
            : (Math.Floor(factor * height * scale), factor * height);
    }

    private (int Across, int Down) Nearest(double scale)
    {
        var shapes = grids.GroupBy(grid => (double)grid.Across / grid.Down);
        return scale >= 1
            ? shapes.Where(shape => shape.Key <= scale).MinBy(shape => scale - shape.Key)!.MaxBy(grid => grid.Across)
            : shapes.Where(shape => shape.Key > scale).MinBy(shape => Math.Abs((1 / shape.Key) - (1 / scale)))!.MaxBy(grid => grid.Down);
    }
}
