using System.Text;

namespace PerceptionEncoder.Data.Tables;

/// <summary>
/// Reads rows of fields from text of any length. Between commas or semicolons, a field in double quotes may hold separators, quotes
/// (doubled) and line breaks (RFC 4180). Between tabs a row is a line, and quotes around a whole field are taken off; any other quote is a
/// character.
/// </summary>
/// <param name="text">Read from its start; the owner disposes it.</param>
/// <param name="separator">Comma, semicolon or tab.</param>
/// <param name="name">Of the file, for messages.</param>
internal sealed class DelimitedReader(TextReader text, char separator, string name)
{
    /// <summary>A quote that is never closed must not take the whole file into memory.</summary>
    private const int LongestField = 1 << 24;

    private readonly char[] buffer = new char[1 << 15];
    private readonly StringBuilder field = new();
    private int length;
    private int at;
    private long line = 1;
    private bool isQuoted;

    /// <summary>The rows, each with the number of its first line; blank lines are passed over.</summary>
    /// <exception cref="UserErrorException">
    /// A quote is not closed, or a closed one has text behind it: rows would be lost. Or the file is no text.
    /// </exception>
    public IEnumerable<(long Line, IReadOnlyList<string> Fields)> Rows()
    {
        while (Peek() >= 0)
        {
            var (first, fields) = (line, new List<string>());
            isQuoted = false;
            do
            {
                fields.Add(Field());
            }
            while (Passes(separator));

            PassLineEnd();
            if (fields.Count > 1 || isQuoted || !string.IsNullOrWhiteSpace(fields[0]))
            {
                yield return (first, fields);
            }
        }
    }

    private string Field()
    {
        var start = line;
        field.Clear();
        while (separator != '\t' && Peek() == ' ')
        {
            field.Append(Take());
        }

        if (separator != '\t' && Passes('"'))
        {
            isQuoted = true;
            ReadQuoted(start);
            return field.ToString();
        }

        while (Peek() is >= 0 and not '\r' and not '\n' && Peek() != separator)
        {
            Append(Take(), start);
        }

        return separator == '\t' ? Unquote(field.ToString().Trim()) : field.ToString();
    }

    /// <summary>The rest of a field whose quote is open, up to the separator or line break behind it.</summary>
    private void ReadQuoted(long start)
    {
        field.Clear();
        while (true)
        {
            if (Peek() < 0)
            {
                throw NeverClosed(start);
            }

            if (!Passes('"'))
            {
                Append(Take(), start);
            }
            else if (Passes('"'))
            {
                field.Append('"');
            }
            else
            {
                break;
            }
        }

        while (Peek() is >= 0 and not '\r' and not '\n' && Peek() != separator)
        {
            if (!char.IsWhiteSpace(Take()))
            {
                throw new UserErrorException($"{name}:{start}: a field that begins with a quote has text behind its closing quote. "
                    + "Double each quote inside a field and put quotes around it, or separate the fields by tabs.");
            }
        }
    }

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

    private void Append(char character, long start)
    {
        if (field.Length == LongestField)
        {
            throw isQuoted
                ? NeverClosed(start)
                : new UserErrorException($"{name}:{start}: a field of more than {LongestField} characters; give a table of text.");
        }

        field.Append(character);
    }

    private UserErrorException NeverClosed(long start)
        => new($"{name}:{start}: a quote is opened here and never closed. "
            + "Close it, double it inside quotes, or separate the fields by tabs.");

    /// <summary>The next character; -1 at the end.</summary>
    private int Peek() => at < length || Fill() ? buffer[at] : -1;

    private char Take()
    {
        var character = buffer[at++];
        if (character == '\n' || (character == '\r' && Peek() != '\n'))
        {
            line++;
        }

        return character;
    }

    private bool Passes(char character)
    {
        var isNext = Peek() == character;
        at += isNext ? 1 : 0;
        return isNext;
    }

    private void PassLineEnd()
    {
        if (Peek() == '\r')
        {
            Take();
            if (Peek() != '\n')
            {
                return;
            }
        }

        if (Peek() == '\n')
        {
            Take();
        }
    }

    private bool Fill()
    {
        try
        {
            (at, length) = (0, text.Read(buffer));
        }
        catch (DecoderFallbackException)
        {
            throw UserText.NotText(name);
        }
        catch (IOException failure)
        {
            throw new UserErrorException($"{name}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}).", failure);
        }

        return buffer.AsSpan(0, length).Contains('\0')
            ? throw new UserErrorException(
                $"{name}:{line}: holds a NUL character about here; it does not look like text. Save the file as UTF-8.")
            : length > 0;
    }
}
