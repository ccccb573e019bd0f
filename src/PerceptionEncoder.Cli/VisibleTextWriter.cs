using System.Text;

namespace PerceptionEncoder.Cli;

/// <summary>
/// The one writer behind <see cref="Console"/>: what a terminal would obey instead of showing becomes visible, and what is written as a
/// line stays one. Text of several lines goes through <see cref="Write(string)"/>.
/// </summary>
internal sealed class VisibleTextWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => terminal.Write(VisibleText.Lines(value ?? ""));

    public override void WriteLine(string? value) => terminal.Write(VisibleText.Line(value ?? "") + "\n");

    public override void Flush() => terminal.Flush();
}
