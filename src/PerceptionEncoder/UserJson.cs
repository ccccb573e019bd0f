using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace PerceptionEncoder;

/// <summary>
/// Reads JSON as Python's <c>json</c> module writes it, which .NET's parser refuses: <c>NaN</c> and <c>Infinity</c> become null, and a half
/// of a surrogate pair becomes U+FFFD. Of a key that is there twice the last value counts, as in Python.
/// </summary>
internal static class UserJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 1000 };

    /// <summary>Parses text in any encoding that <see cref="UserText"/> reads.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="TextEncodingException">It is no text.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
        => JsonDocument.Parse(Strict(IsPlain(bytes.Span) ? bytes : Encoding.UTF8.GetBytes(UserText.Decode(bytes.Span))), Options);

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(string text) => JsonDocument.Parse(Strict(Encoding.UTF8.GetBytes(text)), Options);

    /// <summary>What a value is, for messages.</summary>
    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.String => "a text",
        _ => "null",
    };

    private static bool IsPlain(ReadOnlySpan<byte> bytes)
        => !bytes.StartsWith(Encoding.UTF8.Preamble) && Utf8.IsValid(bytes) && !bytes.Contains((byte)0);

    private static ReadOnlyMemory<byte> Strict(ReadOnlyMemory<byte> json)
    {
        var bytes = json.Span;
        if (bytes.IndexOf("NaN"u8) < 0 && bytes.IndexOf("Infinity"u8) < 0 && bytes.IndexOf(@"\ud"u8) < 0 && bytes.IndexOf(@"\uD"u8) < 0)
        {
            return json;
        }

        var strict = new ArrayBufferWriter<byte>(bytes.Length + 64);
        var inText = false;
        while (!bytes.IsEmpty)
        {
            var taken = 1;
            if (inText && bytes[0] == '\\')
            {
                taken = Escape(bytes, out var isHalf);
                strict.Write(isHalf ? @"\ufffd"u8 : bytes[..taken]);
            }
            else if (!inText && NotANumber(bytes) is > 0 and var length)
            {
                taken = length;
                strict.Write("null"u8);
            }
            else
            {
                inText ^= bytes[0] == '"';
                strict.Write(bytes[..1]);
            }

            bytes = bytes[taken..];
        }

        return strict.WrittenMemory;
    }

    private static int NotANumber(ReadOnlySpan<byte> bytes)
        => bytes.StartsWith("NaN"u8) ? 3 : bytes.StartsWith("Infinity"u8) ? 8 : bytes.StartsWith("-Infinity"u8) ? 9 : 0;

    /// <summary>Length of the escape at the start, two of them where they are a pair.</summary>
    private static int Escape(ReadOnlySpan<byte> bytes, out bool isHalf)
    {
        isHalf = false;
        if (Unit(bytes) is not { } first)
        {
            return Math.Min(2, bytes.Length);
        }

        if (char.IsHighSurrogate(first) && Unit(bytes[6..]) is { } second && char.IsLowSurrogate(second))
        {
            return 12;
        }

        isHalf = char.IsSurrogate(first);
        return 6;
    }

    private static char? Unit(ReadOnlySpan<byte> bytes)
        => bytes.Length >= 6
            && bytes.StartsWith(@"\u"u8)
            && ushort.TryParse(bytes[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
