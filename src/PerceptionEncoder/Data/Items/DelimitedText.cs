using System.Text;

namespace PerceptionEncoder.Data.Items;

/// <summary>
/// Reads tables of text. Between commas, a field in double quotes may hold commas, quotes (doubled) and line breaks (RFC 4180). Between
/// tabs a row is a line, and quotes around a whole field are taken off; any other quote is a character.
/// </summary>
internal static class DelimitedText
{
    /// <summary>The rows of a text, each with the number of its first line; blank lines are passed over.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="separator">Comma or tab.</param>
    /// <param name="name">Of the file, for messages.</param>
    /// <exception cref="UserErrorException">A quote is not closed, or a closed one has text behind it: rows would be lost.</exception>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Rows(string text, char separator, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        var rows = separator == '\t' ? LineRows(text, separator) : QuotedRows(text, separator, name);
        return rows.Where(row => row.Fields.Count > 1 || row.Fields[0].Length > 0);
    }

    private static IEnumerable<(int Line, IReadOnlyList<string> Fields)> LineRows(string text, char separator)
        => text.Split('\n').Select((line, index) =>
            (index + 1, (IReadOnlyList<string>)Array.ConvertAll(line.Split(separator), field => Unquote(field.Trim()))));

    /// <summary>A field without the quotes around it, where those inside are doubled.</summary>
    private static string Unquote(string field)
    {
        if (field.Length < 2 || field[0] != '"' || field[^1] != '"')
        {
            return field;
        }

        var inside = field[1..^1].Replace("\"\"", "\0", StringComparison.Ordinal);
        return inside.Contains('"', StringComparison.Ordinal) ? field : inside.Replace('\0', '"').Trim();
    }

    private static IEnumerable<(int Line, IReadOnlyList<string> Fields)> QuotedRows(string text, char separator, string name)
    {
        var fields = new List<string>();
        var (line, first) = (1, 1);
        for (var at = 0; at <= text.Length;)
        {
            var start = at;
            var field = Field(text, ref at, separator, name, line);
            fields.Add(field.Trim());
            line += text.AsSpan(start, at - start).Count('\n');
            if (at == text.Length || text[at] == '\n')
            {
                yield return (first, [.. fields]);
                fields.Clear();
                first = ++line;
            }

            at++;
        }
    }

    /// <summary>The field at a place, which moves to the separator or line break behind it.</summary>
    private static string Field(string text, ref int at, char separator, string name, int line)
    {
        var rest = text.AsSpan(at);
        var blanks = rest.Length - rest.TrimStart(' ').Length;
        if (blanks == rest.Length || rest[blanks] != '"')
        {
            var end = rest.IndexOfAny(separator, '\n');
            end = end < 0 ? rest.Length : end;
            at += end;
            return rest[..end].ToString();
        }

        var field = new StringBuilder();
        for (at += blanks + 1; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                field.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                field.Append('"');
                at++;
            }
            else
            {
                at++;
                var behind = text.AsSpan(at);
                var end = behind.IndexOfAny(separator, '\n');
                end = end < 0 ? behind.Length : end;
                at += end;
                return behind[..end].IsWhiteSpace() ? field.ToString()
                    : throw new UserErrorException($"{name}:{line}: a field that begins with a quote has text behind its closing quote. "
                        + "Double each quote inside a field and put quotes around it, or separate the fields by tabs.");
            }
        }

        throw new UserErrorException(
            $"{name}:{line}: a quote is opened here and never closed. Close it, double it inside quotes, or separate the fields by tabs.");
    }
}
