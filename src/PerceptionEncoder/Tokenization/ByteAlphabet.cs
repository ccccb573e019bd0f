using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// The 256 printable characters that stand for bytes in vocabulary files: visible Latin-1 characters for themselves, then U+0100 and up for
/// the others, in this order. Ids 0..255 of a vocabulary are these characters, 256..511 the same at a word's end.
/// </summary>
internal static class ByteAlphabet
{
    public const int Size = 256;

    /// <summary>Marks the token that ends a word.</summary>
    public const string EndOfWord = "</w>";

    private static readonly byte[] ByteOrder =
        [.. Enumerable.Range(0, Size)
            .Where(IsVisible)
            .Concat(Enumerable.Range(0, Size).Where(code => !IsVisible(code)))
            .Select(code => (byte)code)];

    private static readonly int VisibleCount = Enumerable.Range(0, Size).Count(IsVisible);

    private static readonly int[] IdsOfBytes = [.. Enumerable.Range(0, Size).Select(code => Array.IndexOf(ByteOrder, (byte)code))];

    /// <summary>The symbols of ids 0..511.</summary>
    public static IEnumerable<string> Symbols
    {
        get
        {
            var characters = Enumerable.Range(0, Size).Select(id => Character(id).ToString());
            return characters.Concat(characters.Select(character => character + EndOfWord));
        }
    }

    /// <summary>Id of a byte inside a word; at a word's end add <see cref="Size"/>.</summary>
    public static int Id(byte value) => IdsOfBytes[value];

    /// <summary>The characters that stand for some bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
        => string.Create(bytes.Length, bytes, (characters, source) =>
        {
            for (var i = 0; i < characters.Length; i++)
            {
                characters[i] = Character(IdsOfBytes[source[i]]);
            }
        });

    /// <summary>The bytes that some tokens stand for; null where a character stands for none.</summary>
    public static byte[]? Bytes(string tokens)
    {
        var bytes = new byte[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            var value = tokens[i] < Size ? tokens[i] : VisibleCount + tokens[i] - Size is var hidden && hidden < Size ? ByteOrder[hidden] : -1;
            if (value < 0)
            {
                return null;
            }

            bytes[i] = (byte)value;
        }

        return bytes;
    }

    /// <summary>The text of some tokens joined together: bytes read as UTF-8, invalid ones replaced by U+FFFD.</summary>
    public static string Decode(string tokens)
    {
        var bytes = new byte[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            bytes[i] = tokens[i] < Size ? (byte)tokens[i] : ByteOrder[VisibleCount + tokens[i] - Size];
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static char Character(int id) => (char)(id < VisibleCount ? ByteOrder[id] : Size + id - VisibleCount);

    private static bool IsVisible(int code) => code is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or (>= 0xae and <= 0xff);
}
