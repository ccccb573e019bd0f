using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PerceptionEncoder.Configuration;

/// <summary>
/// The YAML parser, all of whose failures are <see cref="YamlException"/> with a position: that of the tab, where a tab indents.
/// </summary>
internal sealed partial class PositionedParser : IParser
{
    private readonly string _yaml;
    private readonly Scanner _scanner;
    private readonly Parser _parser;

    public PositionedParser(string yaml)
    {
        _yaml = yaml;
        _scanner = new Scanner(new StringReader(yaml));
        _parser = new Parser(_scanner);
    }

    public ParsingEvent? Current => _parser.Current;

    public bool MoveNext()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (YamlException problem)
        {
            // YamlDotNet names the start of what it was reading, which for a map is its first line.
            throw Tab(problem) ?? Braces(problem, problem.Start.Line) ?? problem;
        }
        catch (Exception problem)
            when (problem is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // YamlDotNet's scanner lets these through for some malformed text.
            var position = _scanner.CurrentPosition;
            throw Tab(problem) ?? Braces(problem, position.Line) ?? new YamlException(position, position, "malformed text", problem);
        }
    }

    /// <summary>The line at which the scanner stands, where a tab is among what indents it.</summary>
    private YamlException? Tab(Exception problem)
    {
        var number = _scanner.CurrentPosition.Line;
        var line = Line(number);
        var tab = line.AsSpan(0, line.Length - line.TrimStart().Length).IndexOf('\t');
        if (tab < 0)
        {
            return null;
        }

        var position = new Mark(0, number, tab + 1);
        return new YamlException(position, position, "a tab indents this line; put spaces in its place", problem);
    }

    /// <summary>A pattern of shards without quotes in a line, whose braces YAML takes for a map's.</summary>
    private YamlException? Braces(Exception problem, long number)
    {
        if (UnquotedPattern().Match(Line(number)) is not { Success: true } pattern)
        {
            return null;
        }

        var position = new Mark(0, number, pattern.Index + 1);
        return new YamlException(position, position, $"a pattern with braces needs quotes: \"{pattern.Value}\"", problem);
    }

    private string Line(long number) => _yaml.Split('\n').ElementAtOrDefault((int)number - 1) ?? "";

    // From behind the key's colon, a comma or a bracket on; quotes before or in it mean that it has them.
    [GeneratedRegex("(?<=(?:[:-] |[,\\[{]) *)[^\\s,\"'\\[{]*\\{[0-9]+\\.\\.[0-9]+\\}[^\\s,\"'\\]}]*")]
    private static partial Regex UnquotedPattern();
}
