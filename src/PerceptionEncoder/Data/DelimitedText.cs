using System.Text;

namespace PerceptionEncoder.Data;

/// <summary>Reads tables of text: fields between commas or tabs, in double quotes where they hold the separator, a quote (doubled) or a line break (RFC 4180).</summary>
public static class DelimitedText
{
    /// <summary>The rows of a text, each with the number of its first line; blank lines are passed over.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="separator">Between fields.</param>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Rows(string text, char separator)
    {
        ArgumentNullException.ThrowIfNull(text);
        var fields = new List<string>();
        var field = new StringBuilder();
        var (line, first, quoted) = (1, 1, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var end = i == text.Length;
            var character = end ? '\n' : text[i];
            if (quoted && !end)
            {
                if (character != '"')
                {
                    field.Append(character);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                }
            }
            else if (character == '"' && field.Length == 0)
            {
                quoted = true;
            }
            else if (character == separator || character == '\n')
            {
                fields.Add(field.ToString().Trim());
                field.Clear();
                if (character == '\n')
                {
                    if (fields.Count > 1 || fields[0].Length > 0)
                    {
                        yield return (first, [.. fields]);
                    }

                    fields.Clear();
                    first = line + 1;
                }
            }
            else
            {
                field.Append(character);
            }

            line += character == '\n' ? 1 : 0;
        }
    }
}
