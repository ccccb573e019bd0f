namespace PerceptionEncoder.Data.Tables;

/// <summary>Writes rows of fields with commas between them, so that <see cref="DelimitedReader"/> reads the same (RFC 4180).</summary>
internal static class DelimitedWriter
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create(",\"\r\n");

    /// <summary>A row with its line feed.</summary>
    public static string Row(params IReadOnlyList<string> fields)
        => fields is [""] ? "\"\"\n" : string.Join(',', fields.Select(Field)) + "\n";

    private static string Field(string field)
        => field.AsSpan().ContainsAny(Special) || field != field.Trim()
            ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : field;
}
