using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace PerceptionEncoder.Configuration;

/// <summary>
/// Every key of the config records as Markdown: what it takes, its default and its XML comment, a table for each record in the order in
/// which they are met.
/// </summary>
public sealed class ConfigReference
{
    private readonly StringBuilder text = new();
    private readonly List<Type> sections = [];

    private ConfigReference()
    {
    }

    /// <param name="configs">Each config's heading, such as the command that takes it, and its record.</param>
    /// <returns>Markdown from second-level headings on.</returns>
    public static string Write(params IReadOnlyList<(string Heading, Type Record)> configs)
    {
        ArgumentNullException.ThrowIfNull(configs);
        var reference = new ConfigReference();
        foreach (var (heading, record) in configs)
        {
            reference.Table($"## {heading}", record);
        }

        for (var next = 0; next < reference.sections.Count; next++)
        {
            reference.Table($"## {SectionOf(reference.sections[next])}", reference.sections[next]);
        }

        return reference.text.ToString();
    }

    private void Table(string heading, Type type)
    {
        var (shape, documentation) = (RecordShape.Of(type), new XmlDocumentation(type.Assembly));
        var start = shape.StartingPoint(null, null);
        text.Append($"{heading}\n\n");
        if (documentation.Of(type) is { } summary)
        {
            text.Append($"{Cell(summary)}\n\n");
        }

        if (shape.Shorthand is { } shorthand)
        {
            text.Append($"A bare value sets `{shorthand.Key}`.\n\n");
        }

        text.Append("| key | takes | default | |\n| --- | --- | --- | --- |\n");
        foreach (var member in shape.Members)
        {
            var comment = documentation.Of(member.Property) ?? "";
            text.Append($"| `{member.Key}` | {Takes(member)} | {Default(member, start)} | {Cell(comment)} |\n");
        }

        text.Append('\n');
    }

    private string Takes(RecordMember member)
    {
        var takes = Takes(member.Type);
        var limits = member.Rules.OfType<RangeAttribute>().Select(RecordRules.Limits).FirstOrDefault() switch
        {
            ({ } low, { } high) => $", {ConfigYaml.Spell(low)} to {ConfigYaml.Spell(high)}",
            ({ } low, null) => $", {ConfigYaml.Spell(low)} and more",
            (null, { } high) => $", up to {ConfigYaml.Spell(high)}",
            _ => "",
        };
        return takes + limits + (member.IsNullable ? ", or `null`" : "");
    }

    private string Takes(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        return type switch
        {
            _ when RecordShape.IsRecord(type) => Section(type),
            _ when type == typeof(Interval) => "`[low, high]`",
            _ when ConfigTypes.ElementOf(type) is { } element => $"list of {Takes(element)}",
            _ when ConfigTypes.ValueOf(type) is { } held => $"map of names to {Takes(held)}",
            { IsEnum: true } => string.Join(", ", ScalarParser.EnumNames(type).Select(choice => $"`{choice.Name}`")),
            _ when type == typeof(string) => "text",
            _ when type == typeof(bool) => "`true`, `false`",
            _ when ScalarParser.IsInteger(type) => "whole number",
            _ => "number",
        };
    }

    private string Section(Type type)
    {
        if (!sections.Contains(type))
        {
            sections.Add(type);
        }

        var name = SectionOf(type);
        return $"[{name}](#{name.Replace(' ', '-')})";
    }

    private static string SectionOf(Type type)
    {
        const string Suffix = "Options";
        var name = type.Name.EndsWith(Suffix, StringComparison.Ordinal) ? type.Name[..^Suffix.Length] : type.Name;
        return SnakeCase.Of(name).Replace('_', ' ');
    }

    private static string Default(RecordMember member, object start)
        => member.IsRequired ? "required"
            : member.Property.GetValue(start) is not { } value ? (member.IsNullable ? "`null`" : "")
            : RecordShape.IsRecord(member.Type) && !member.IsNullable && IsUsual(member.Type, value) ? ""
            : Flow(value) is var written && written == "{}" ? "its defaults"
            : Cell($"`{written}`");

    private static bool IsUsual(Type type, object value)
        => ConfigYaml.Write(value) == ConfigYaml.Write(RecordShape.Of(type).StartingPoint(null, null));

    /// <summary>As it could be written in a config, on one line; of a record what differs from its own defaults.</summary>
    private static string Flow(object? value) => value switch
    {
        null => "null",
        "" => "\"\"",
        string given => given,
        Interval ends => $"[{ConfigYaml.Spell(ends.Low)}, {ConfigYaml.Spell(ends.High)}]",
        IDictionary map => $"{{{string.Join(", ", map.Cast<DictionaryEntry>().Select(entry => $"{entry.Key}: {Flow(entry.Value)}"))}}}",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Flow))}]",
        _ when RecordShape.IsRecord(value.GetType()) => Differences(value),
        _ => ConfigYaml.Spell(value),
    };

    private static string Differences(object record)
    {
        var shape = RecordShape.Of(record.GetType());
        var usual = shape.StartingPoint(null, null);
        var written = shape.Members
            .Select(member => (member.Key, Value: Flow(member.Property.GetValue(record)), Usual: Flow(member.Property.GetValue(usual))))
            .Where(pair => pair.Value != pair.Usual);
        return $"{{{string.Join(", ", written.Select(pair => $"{pair.Key}: {pair.Value}"))}}}";
    }

    private static string Cell(string content) => content.Replace("|", "\\|", StringComparison.Ordinal);
}
