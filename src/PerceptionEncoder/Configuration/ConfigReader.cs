using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PerceptionEncoder.Configuration;

/// <summary>One YAML document -> nodes with locations.</summary>
/// <remarks>Anchors and aliases work; tags, several documents and keys that are not text are errors.</remarks>
internal sealed class ConfigReader
{
    private const int MaxDepth = 64;

    // Aliases of aliases can name exponentially many nodes in a few lines; no config comes near this.
    private const int MaxNodes = 100_000;

    private readonly PositionedParser _parser;
    private readonly Func<Mark, SourceLocation> _locate;
    private readonly ICollection<ConfigProblem> _problems;
    private readonly Dictionary<AnchorName, (ConfigNode Node, int Size)> _anchors = [];
    private int _nodes;

    private ConfigReader(string yaml, Func<Mark, SourceLocation> locate, ICollection<ConfigProblem> problems)
    {
        _parser = new PositionedParser(yaml);
        _locate = locate;
        _problems = problems;
    }

    /// <summary>The document of a file; null after a syntax error. An empty document is the null scalar.</summary>
    public static ConfigNode? Read(string yaml, string file, ICollection<ConfigProblem> problems) =>
        Read(yaml, mark => new SourceLocation(file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column)), problems);

    /// <summary>The value of an override, all of whose nodes are at one location.</summary>
    public static ConfigNode? Read(string yaml, SourceLocation location, ICollection<ConfigProblem> problems) =>
        Read(yaml, _ => location, problems);

    private static ConfigNode? Read(string yaml, Func<Mark, SourceLocation> locate, ICollection<ConfigProblem> problems)
    {
        try
        {
            return new ConfigReader(yaml, locate, problems).ReadDocument();
        }
        catch (YamlException problem)
        {
            problems.Add(new ConfigProblem(locate(problem.Start), "", $"not valid YAML: {problem.Message}"));
            return null;
        }
    }

    private ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out var end))
        {
            return new ConfigScalar("", _locate(end.Start));
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        return _parser.TryConsume<StreamEnd>(out _)
            ? root
            : throw Rejected(_parser.Current!, "a config is one document; remove what follows '---'");
    }

    private ConfigNode ReadNode(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var known)
                ? Count(known.Node, known.Size, alias)
                : throw Rejected(alias, $"no anchor '{alias.Value}' before this alias");
        }

        var head = _parser.Require<NodeEvent>();
        if (!head.Tag.IsEmpty)
        {
            throw Rejected(head, $"remove the tag '{head.Tag}'; types come from the key");
        }

        if (depth > MaxDepth)
        {
            throw Rejected(head, $"nested deeper than {MaxDepth}");
        }

        int before = _nodes;
        var node = Count(head switch
        {
            Scalar => ReadScalar(),
            SequenceStart => ReadList(depth),
            _ => ReadMap(depth),
        }, 1, head);
        if (!head.Anchor.IsEmpty)
        {
            _anchors[head.Anchor] = (node, _nodes - before);
        }

        return node;
    }

    private ConfigScalar ReadScalar()
    {
        var scalar = _parser.Consume<Scalar>();
        return new ConfigScalar(scalar.Value, _locate(scalar.Start), IsQuoted: scalar.Style != ScalarStyle.Plain);
    }

    private ConfigList ReadList(int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<ConfigNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new ConfigList(items, _locate(start.Start));
    }

    private ConfigMap ReadMap(int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new Dictionary<string, ConfigEntry>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw Rejected(_parser.Current!, "a key must be plain text");
            }

            var entry = new ConfigEntry(key.Value, _locate(key.Start), ReadNode(depth + 1));
            if (!entries.TryAdd(entry.Key, entry))
            {
                _problems.Add(new ConfigProblem(
                    entry.KeyLocation,
                    "",
                    $"duplicate key '{entry.Key}', first at line {entries[entry.Key].KeyLocation.Line}"));
            }
        }

        return new ConfigMap([.. entries.Values], _locate(start.Start));
    }

    private ConfigNode Count(ConfigNode node, int size, ParsingEvent at)
    {
        _nodes += size;
        return _nodes <= MaxNodes ? node : throw Rejected(at, $"more than {MaxNodes} values");
    }

    private static YamlException Rejected(ParsingEvent at, string message) => new(at.Start, at.End, message);
}
