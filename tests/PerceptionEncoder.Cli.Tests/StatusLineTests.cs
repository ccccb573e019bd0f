namespace PerceptionEncoder.Cli.Tests;

public sealed class StatusLineTests : IDisposable
{
    private const string Erase = "\r\u001b[J";

    private readonly StringWriter terminal = new();
    private int columns = 80;

    public void Dispose() => terminal.Dispose();

    [Theory]
    [InlineData(30, "50%  500/1000  loss 2.345")]
    [InlineData(60, "━━━━━─────  50%  500/1000  loss 2.345  1h02m left")]
    [InlineData(65, "━━━━━─────  50%  500/1000  loss 2.345  1,234 img/s  1h02m left")]
    [InlineData(80, "━━━━━━━━━━──────────  50%  500/1000  224px  loss 2.345  1,234 img/s  1h02m left")]
    [InlineData(120, "━━━━━━━━━━──────────  50%  500/1000  224px  loss 2.345  1,234 img/s  1h02m left")]
    public void It_has_what_fits_on_the_terminal(int width, string shown)
    {
        columns = width;
        using var line = new StatusLine(terminal, () => columns);
        Show(line);
        Assert.Equal(shown, terminal.ToString().TrimStart());
        Assert.True(shown.Length < width);
    }

    [Fact]
    public void On_the_narrowest_terminal_it_is_cut()
    {
        columns = 8;
        using var line = new StatusLine(terminal, () => columns);
        Show(line);
        Assert.Equal(" 50%  5", terminal.ToString());
    }

    [Fact]
    public void A_printed_line_takes_its_place_whole_and_it_is_drawn_again_below()
    {
        columns = 60;
        using var line = new StatusLine(terminal, () => columns);
        Show(line);
        var drawn = terminal.ToString();
        line.Print("Bad sample");
        Show(line);
        Assert.Equal($"{drawn}{Erase}Bad sample\n{drawn}{Erase}{drawn}", terminal.ToString());
    }

    [Fact]
    public void After_the_terminal_became_narrower_all_rows_of_it_are_erased()
    {
        columns = 120;
        using var line = new StatusLine(terminal, () => columns);
        Show(line);
        var drawn = terminal.ToString();
        columns = 60;
        line.Print("x");
        Assert.Equal($"{drawn}\r\u001b[1A\u001b[Jx\n{drawn}", terminal.ToString());
    }

    [Fact]
    public void At_the_end_nothing_of_it_is_left()
    {
        using (var line = new StatusLine(terminal, () => columns))
        {
            Show(line);
        }

        Assert.EndsWith(Erase, terminal.ToString(), StringComparison.Ordinal);
    }

    private static void Show(StatusLine line)
        => line.Show(0.5, (5, "500/1000"), (1, "224px"), (4, "loss 2.345"), (2, "1,234 img/s"), (3, "1h02m left"));
}
