using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// A picture that shows what a model gets right and wrong: a grid of images, under each the truth and the model's best answers, right ones
/// green and wrong ones red.
/// </summary>
internal static class ContactSheet
{
    private const int LargestColumns = 4;
    private const int Margin = 16;
    private const int PictureSide = 232;
    private const int Frame = 4;
    private const int CellWidth = PictureSide + (2 * Frame);
    private const int TextHeight = 8;
    private const int LineHeight = 17;
    private const int ScoreWidth = 40;
    private const int LinesPerText = 2;
    private static readonly (byte, byte, byte) Ink = (31, 35, 40);
    private static readonly (byte, byte, byte) Right = (26, 127, 55);
    private static readonly (byte, byte, byte) Wrong = (207, 34, 46);

    /// <summary>Writes a PNG with four images a row, in the order given.</summary>
    /// <exception cref="ArgumentException">There are no items, or an item's pixels do not fit its size.</exception>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ContactSheetItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        if (items.Count == 0)
        {
            throw new ArgumentException("a contact sheet needs at least one image", nameof(items));
        }

        var columns = Math.Min(LargestColumns, items.Count);
        var rows = items.Select(Cell.Of).Chunk(columns).ToArray();
        var canvas = new Canvas(Margin + (columns * (CellWidth + Margin)), Margin + rows.Sum(RowHeight), Canvas.White);
        var top = Margin;
        foreach (var row in rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                Draw(canvas, row[column], Margin + (column * (CellWidth + Margin)), top);
            }

            top += RowHeight(row);
        }

        try
        {
            File.WriteAllBytes(path, PngEncoder.Encode(canvas.ToImage()));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: the contact sheet cannot be written ({problem.Message}); name another file", problem);
        }
    }

    private static int RowHeight(Cell[] row) => CellWidth + (row.Max(cell => cell.Lines) * LineHeight) + (2 * Margin);

    private static void Draw(Canvas canvas, Cell cell, int left, int top)
    {
        var frame = cell.Answers.Count == 0 ? Ink : cell.Answers[0].Color;
        canvas.FillRectangle(left, top, CellWidth, CellWidth, frame);
        canvas.DrawPicture(cell.Picture, left + Frame, top + Frame, PictureSide);
        var line = top + CellWidth + LineHeight;
        foreach (var text in cell.Title)
        {
            canvas.DrawText(text, left, line, TextHeight, Ink);
            line += LineHeight;
        }

        foreach (var (lines, score, color) in cell.Answers)
        {
            canvas.DrawText(score, left, line, TextHeight, color);
            foreach (var text in lines)
            {
                canvas.DrawText(text, left + ScoreWidth, line, TextHeight, color);
                line += LineHeight;
            }
        }
    }

    /// <summary>Breaks at spaces; what does not fit two lines ends in dots.</summary>
    private static List<string> Wrap(string text, int width)
    {
        List<string> lines = [string.Empty];
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
            if (lines[^1].Length == 0 || Canvas.MeasureText(longer, TextHeight) <= width)
            {
                lines[^1] = longer;
            }
            else
            {
                lines.Add(word);
            }
        }

        var shown = lines.Take(LinesPerText)
            .Select((line, index) => Cut(line, width, more: index == LinesPerText - 1 && lines.Count > LinesPerText));
        return [.. shown];
    }

    private static string Cut(string line, int width, bool more)
    {
        if (!more && Canvas.MeasureText(line, TextHeight) <= width)
        {
            return line;
        }

        var length = line.Length;
        while (length > 0 && Canvas.MeasureText(line[..length] + "...", TextHeight) > width)
        {
            length--;
        }

        return line[..length] + "...";
    }

    private sealed record Cell(
        DecodedImage Picture,
        List<string> Title,
        List<(List<string> Text, string Score, (byte, byte, byte) Color)> Answers)
    {
        public int Lines => Title.Count + Answers.Sum(answer => answer.Text.Count);

        public static Cell Of(ContactSheetItem item) => new(
            DecodedImage.OfPlanes(item.Pixels, item.Height, item.Width),
            Wrap(item.Title, CellWidth),
            [.. item.Predictions.Select(
                each => (Wrap(each.Text, CellWidth - ScoreWidth), each.Score.ToString("0.00"), each.Correct ? Right : Wrong))]);
    }
}
