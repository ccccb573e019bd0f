using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Data.Items;

/// <summary>Reads lists of clips, which are tables without a head.</summary>
internal static class DelimitedText
{
    /// <summary>The rows of a text, without blanks around fields, each with the number of its first line.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="separator">Comma or tab.</param>
    /// <param name="name">Of the file, for messages.</param>
    /// <exception cref="UserErrorException">A quote is not closed, or a closed one has text behind it: rows would be lost.</exception>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Rows(string text, char separator, string name)
        => new DelimitedReader(new StringReader(text), separator, name).Rows()
            .Select(row => ((int)row.Line, (IReadOnlyList<string>)[.. row.Fields.Select(field => field.Trim())]));
}
