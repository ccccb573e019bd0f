using System.Reflection;
using System.Xml.Linq;

namespace PerceptionEncoder.Configuration;

/// <summary>The summaries that the compiler wrote beside an assembly.</summary>
internal sealed class XmlDocumentation
{
    private readonly Dictionary<string, XElement> _members = [];

    /// <summary>Without the file, nothing has a summary.</summary>
    public XmlDocumentation(Assembly assembly)
    {
        var file = Path.ChangeExtension(assembly.Location, ".xml");
        if (!File.Exists(file))
        {
            return;
        }

        foreach (var member in XDocument.Load(file).Descendants("member"))
        {
            if (member.Attribute("name")?.Value is { } name && member.Element("summary") is { } summary)
            {
                _members[name] = summary;
            }
        }
    }

    public string? Of(Type type) => Text($"T:{Name(type)}");

    public string? Of(PropertyInfo property) => Text($"P:{Name(property.DeclaringType!)}.{property.Name}");

    private static string Name(Type type) => type.FullName!.Replace('+', '.');

    private string? Text(string member) => _members.TryGetValue(member, out var summary)
        ? string.Join(
            ' ',
            string.Concat(summary.DescendantNodes().Select(Text)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        : null;

    /// <summary>A reference to a member reads as its name.</summary>
    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement element when element.Attribute("cref")?.Value is { } reference
            => SnakeCase.Of(reference[(reference.LastIndexOfAny(['.', ':']) + 1)..]),
        XElement element when element.Attribute("langword")?.Value is { } word => word,
        _ => "",
    };
}
