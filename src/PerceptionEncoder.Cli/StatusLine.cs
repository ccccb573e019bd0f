namespace PerceptionEncoder.Cli;

/// <summary>
/// One line of progress that stays at the bottom of a terminal while printed lines scroll above it. It never wraps: parts that do not fit
/// are left out.
/// </summary>
internal sealed class StatusLine(TextWriter terminal, Func<int> columns) : IDisposable
{
    private const int WideTerminal = 80;
    private const int NarrowTerminal = 40;
    private const string EraseBelow = "\u001b[J";

    private readonly Lock gate = new();
    private string drawn = "";

    /// <summary>Draws the line anew.</summary>
    /// <param name="share">Of the work that is done.</param>
    /// <param name="parts">From left to right; of those that do not fit the one with the lowest weight goes first.</param>
    public void Show(double share, params IReadOnlyList<(int Weight, string Text)> parts)
    {
        lock (gate)
        {
            var back = Back();
            drawn = Fit(share, parts, Math.Max(1, columns() - 1));      // a full last column would move the cursor on some terminals
            terminal.Write(back + drawn);
        }
    }

    /// <summary>Prints above it.</summary>
    public void Print(string line)
    {
        lock (gate)
        {
            terminal.Write($"{Back()}{line}\n{drawn}");
        }
    }

    /// <summary>Takes it away.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            terminal.Write(Back());
            drawn = "";
        }
    }

    /// <summary>To where the line begins, which is some rows up where the terminal was made narrower meanwhile.</summary>
    private string Back()
    {
        var rows = Math.Max(0, drawn.Length - 1) / Math.Max(1, columns());
        return drawn.Length == 0 ? "" : rows == 0 ? $"\r{EraseBelow}" : $"\r\u001b[{rows}A{EraseBelow}";
    }

    private static string Fit(double share, IReadOnlyList<(int Weight, string Text)> parts, int width)
    {
        var cells = width + 1 >= WideTerminal ? 20 : width + 1 >= NarrowTerminal ? 10 : 0;
        var done = (int)Math.Round(Math.Clamp(share, 0, 1) * cells);
        var head = $"{new string('━', done)}{new string('─', cells - done)}{(cells > 0 ? " " : "")}{100 * share,3:0}%";
        var kept = parts.ToList();
        while (kept.Count > 1 && head.Length + kept.Sum(part => part.Text.Length + 2) > width)
        {
            kept.Remove(kept.MinBy(part => part.Weight));
        }

        var line = string.Concat(kept.Select(part => $"  {part.Text}").Prepend(head));
        return line.Length <= width ? line : line[..width];
    }
}
