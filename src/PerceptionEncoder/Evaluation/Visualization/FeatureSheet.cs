using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>Pictures in rows and columns with headings: a column a layer, a row a view of an image.</summary>
internal sealed class FeatureSheet
{
    /// <summary>Pixels that the longer side of a picture has.</summary>
    public const int PictureSide = 232;

    private const int Margin = 16;
    private const int TextHeight = 8;
    private const int HeadingHeight = 10;
    private const int LineHeight = 17;
    private const int CrossSide = 12;
    private static readonly (byte, byte, byte) Ink = (31, 35, 40);
    private static readonly (byte, byte, byte) Grey = (101, 109, 118);
    private static readonly (byte, byte, byte) Mark = (255, 255, 255);

    private readonly List<(string Heading, IReadOnlyList<SheetPicture> Cells)> rows = [];

    /// <summary>Above all.</summary>
    public required string Title { get; init; }

    /// <summary>A heading a column.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Adds a row.</summary>
    /// <param name="heading">Above it; empty for none.</param>
    /// <param name="cells">One a column.</param>
    public void Add(string heading, IReadOnlyList<SheetPicture> cells) => rows.Add((heading, cells));

    /// <summary>The sheet as a PNG file.</summary>
    public byte[] ToPng()
    {
        var top = (2 * Margin) + HeadingHeight + LineHeight;
        var canvas = new Canvas(Margin + (Columns.Count * (PictureSide + Margin)), top + rows.Sum(Height) + Margin, Canvas.White);
        var title = Title;
        while (title.Length > 0 && Canvas.MeasureText(title, TextHeight) > canvas.Width - (2 * Margin))
        {
            title = title[..^1];
        }

        canvas.DrawText(title, Margin, Margin + HeadingHeight, TextHeight, Ink);
        foreach (var (i, column) in Columns.Index())
        {
            canvas.DrawText(column, Left(i), top - 6, TextHeight, Grey);
        }

        foreach (var row in rows)
        {
            Draw(canvas, row, top);
            top += Height(row);
        }

        return PngEncoder.Encode(canvas.ToImage());
    }

    private static int Left(int column) => Margin + (column * (PictureSide + Margin));

    private static int Height((string Heading, IReadOnlyList<SheetPicture> Cells) row)
        => (row.Heading.Length > 0 ? LineHeight : 0) + row.Cells.Max(cell => cell.Picture?.Height ?? 0) + LineHeight + (Margin / 2);

    private static void Draw(Canvas canvas, (string Heading, IReadOnlyList<SheetPicture> Cells) row, int top)
    {
        if (row.Heading.Length > 0)
        {
            canvas.DrawText(row.Heading, Margin, top + TextHeight + 4, TextHeight, Ink);
            top += LineHeight;
        }

        foreach (var (i, cell) in row.Cells.Index())
        {
            if (cell.Picture is not { } picture)
            {
                continue;
            }

            // DrawPicture centres in a square; the pictures of a row are to stand on one line.
            var side = Math.Max(picture.Width, picture.Height);
            var (left, up) = (Left(i), top);
            canvas.DrawPicture(picture, left - ((side - picture.Width) / 2), up - ((side - picture.Height) / 2), side);
            if (cell.Point is { } point)
            {
                Cross(canvas, left + (int)(point.X * picture.Width), up + (int)(point.Y * picture.Height));
            }

            canvas.DrawText(cell.Caption, left, up + picture.Height + TextHeight + 5, TextHeight, Grey);
        }
    }

    private static void Cross(Canvas canvas, int x, int y)
    {
        foreach (var (thickness, color) in new[] { (4, Ink), (2, Mark) })
        {
            canvas.FillRectangle(x - (CrossSide / 2), y - (thickness / 2), CrossSide, thickness, color);
            canvas.FillRectangle(x - (thickness / 2), y - (CrossSide / 2), thickness, CrossSide, color);
        }
    }
}
