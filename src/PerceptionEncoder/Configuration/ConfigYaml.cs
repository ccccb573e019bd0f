using System.Collections;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PerceptionEncoder.Configuration;

/// <summary>A config record -> YAML that loads to the same record. Secrets from the environment stay references to it.</summary>
internal static class ConfigYaml
{
    /// <summary>Every property in the order of declaration; nulls are left out where null is what the reader would find anyway.</summary>
    /// <returns>A YAML document that ends with a line break.</returns>
    public static string Write<T>(T value)
        where T : class
    {
        using var text = new StringWriter();
        var emitter = new Emitter(text, EmitterSettings.Default.WithBestWidth(int.MaxValue).WithNewLine("\n"));
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        WriteRecord(emitter, value, parentDefault: null);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>How a scalar is spelled in YAML, unquoted.</summary>
    internal static string Spell(object scalar) => scalar switch
    {
        double.PositiveInfinity => ".inf",
        double.NegativeInfinity => "-.inf",
        double.NaN => ".nan",
        bool truth => truth ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
        Enum member => ScalarParser.EnumNames(member.GetType()).First(named => named.Value.Equals(member)).Name,
        _ => Convert.ToString(scalar, CultureInfo.InvariantCulture)!,
    };

    private static void WriteRecord(Emitter emitter, object record, object? parentDefault)
    {
        var shape = RecordShape.Of(record.GetType());
        var start = shape.StartingPoint(parentDefault, shape.DefaultsKey?.Property.GetValue(record));
        emitter.Emit(new MappingStart());
        foreach (var member in shape.Members)
        {
            var value = member.Property.GetValue(record);
            var unwritten = member.Property.GetValue(start);
            if (value is not null || unwritten is not null)
            {
                Plain(emitter, member.Key);
                WriteValue(emitter, value, unwritten);
            }
        }

        emitter.Emit(new MappingEnd());
    }

    private static void WriteValue(Emitter emitter, object? value, object? unwritten)
    {
        switch (value)
        {
            case null:
                Plain(emitter, "null");
                break;
            case string text:
                WriteText(emitter, Secrets.Written(text) ?? EnvironmentExpansion.Escape(text));
                break;
            case Interval interval:
                WriteList(emitter, new[] { interval.Low, interval.High });
                break;
            case IDictionary map:
                emitter.Emit(new MappingStart());
                foreach (DictionaryEntry entry in map)
                {
                    WriteText(emitter, (string)entry.Key);
                    WriteValue(emitter, entry.Value, null);
                }

                emitter.Emit(new MappingEnd());
                break;
            case IEnumerable items:
                WriteList(emitter, items);
                break;
            case var record when RecordShape.IsRecord(record.GetType()):
                WriteRecord(emitter, record, unwritten);
                break;
            default:
                Plain(emitter, Spell(value));
                break;
        }
    }

    /// <summary>Short items stand in one line, records and lists below each other.</summary>
    private static void WriteList(Emitter emitter, IEnumerable items)
    {
        var all = items.Cast<object?>().ToArray();
        bool inline = all.All(item => item is null || ScalarParser.IsSupported(item.GetType()));
        emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, inline ? SequenceStyle.Flow : SequenceStyle.Block));
        foreach (var item in all)
        {
            WriteValue(emitter, item, null);
        }

        emitter.Emit(new SequenceEnd());
    }

    private static void WriteText(Emitter emitter, string text)
    {
        text = AddressSecrets.Hide(text);

        // Only words that no YAML reader takes for anything else go without quotes.
        bool isWord = text.Length > 0
            && char.IsAsciiLetter(text[0])
            && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/')
            && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");
        Emit(emitter, text, isWord ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted);
    }

    private static void Plain(Emitter emitter, string text) => Emit(emitter, text, ScalarStyle.Plain);

    private static void Emit(Emitter emitter, string text, ScalarStyle style) =>
        emitter.Emit(new Scalar(
            AnchorName.Empty,
            TagName.Empty,
            text,
            style,
            isPlainImplicit: style == ScalarStyle.Plain,
            isQuotedImplicit: style != ScalarStyle.Plain));
}
