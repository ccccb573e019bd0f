using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PerceptionEncoder.Cli;

/// <summary>Prints tables. Whatever is in their cells, only colours and lines of our own reach the terminal as such.</summary>
internal static class TableConsole
{
    private static readonly Lazy<IAnsiConsole> Shared = new(Create);

    public static void Write(IRenderable table) => Shared.Value.Write(table);

    /// <summary>Text from outside as a cell, a heading or a caption: no markup, nothing hidden.</summary>
    public static string Cell(string text) => Markup.Escape(VisibleText.Line(text));

    private static IAnsiConsole Create()
    {
        // By default the name of the terminal decides, also where the output is a file.
        var ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = ansi, Out = new StandardOutput() });
        console.Pipeline.Attach(new VisibleSegments());
        return console;
    }

    private sealed class StandardOutput : IAnsiConsoleOutput
    {
        private readonly AnsiConsoleOutput inner = new(StandardStreams.Current.Terminal);

        public TextWriter Writer => inner.Writer;

        public bool IsTerminal => !Console.IsOutputRedirected;

        public int Width => inner.Width;

        public int Height => inner.Height;

        public void SetEncoding(Encoding encoding)
        {
        }
    }

    /// <summary>The last look at all text, also at what nobody thought of as foreign.</summary>
    private sealed class VisibleSegments : IRenderHook
    {
        public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables)
            => renderables.Select(renderable => new Visible(renderable));
    }

    private sealed class Visible(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
            => inner.Render(options, maxWidth)
                .Select(segment => segment.IsControlCode || segment.IsLineBreak
                    ? segment
                    : new Segment(VisibleText.Lines(segment.Text), segment.Style));
    }
}
