using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PerceptionEncoder.Configuration;

/// <summary>The YAML parser, all of whose failures are <see cref="YamlException"/> with a position.</summary>
internal sealed class PositionedParser : IParser
{
    private readonly Scanner _scanner;
    private readonly Parser _parser;

    public PositionedParser(string yaml)
    {
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
        catch (Exception problem) when (problem is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // YamlDotNet's scanner lets these through for some malformed text.
            var position = _scanner.CurrentPosition;
            throw new YamlException(position, position, "malformed text", problem);
        }
    }
}
