using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Presentation;

/// <summary>
/// Lines of tables in text files. Names in them come from files and paths of others, so nothing in a cell can act outside it.
/// </summary>
internal static class TableText
{
    /// <summary>What a spreadsheet takes for the beginning of a formula, as it is and in full width [OWASP, CSV Injection].</summary>
    private const string FormulaMarks = "=+-@\uff1d\uff0b\uff0d\uff20";

    private const string MarkdownSigns = "\\|[]`";

    /// <summary>
    /// Cells with commas between and a line feed; a text that a spreadsheet would calculate gets an apostrophe before it, numbers stay
    /// numbers.
    /// </summary>
    public static string CsvLine(IEnumerable<string> cells) => $"{string.Join(',', cells.Select(CsvCell))}\n";

    /// <summary>Cells between bars and a line feed; no cell breaks the row, holds HTML or makes a link.</summary>
    public static string MarkdownLine(IEnumerable<string> cells) => $"| {string.Join(" | ", cells.Select(MarkdownCell))} |\n";

    private static string CsvCell(string cell)
    {
        // A spreadsheet passes over blanks before the mark, and takes a line break or a tab for one; those are escaped.
        var text = VisibleText.Line(cell);
        if (text.AsSpan().TrimStart() is { Length: > 0 } shown && FormulaMarks.Contains(shown[0])
            && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        {
            return $"\"'{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }

        return text.AsSpan().IndexOfAny(",;\"") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string MarkdownCell(string cell)
    {
        var text = new StringBuilder();
        foreach (var character in VisibleText.Line(cell))
        {
            _ = character switch
            {
                '<' => text.Append("&lt;"),
                '>' => text.Append("&gt;"),
                '&' => text.Append("&amp;"),
                _ when MarkdownSigns.Contains(character) => text.Append('\\').Append(character),
                _ => text.Append(character),
            };
        }

        return text.ToString();
    }
}
