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

    private static readonly byte[] Bytes =
        [.. Enumerable.Range(0, Size)
            .Where(IsVisible)
            .Concat(Enumerable.Range(0, Size).Where(code => !IsVisible(code)))
            .Select(code => (byte)code)];

    private static readonly int VisibleCount = Enumerable.Range(0, Size).Count(IsVisible);

    private static readonly int[] IdsOfBytes = [.. Enumerable.Range(0, Size).Select(code => Array.IndexOf(Bytes, (byte)code))];

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

    /// <summary>The text of some tokens joined together: bytes read as UTF-8, invalid ones replaced by U+FFFD.</summary>
    public static string Decode(string tokens)
    {
        var bytes = new byte[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            bytes[i] = tokens[i] < Size ? (byte)tokens[i] : Bytes[VisibleCount + tokens[i] - Size];
        }

        return Encoding.UTF8.GetString(bytes);
    }

    private static char Character(int id) => (char)(id < VisibleCount ? Bytes[id] : Size + id - VisibleCount);

    private static bool IsVisible(int code) => code is (>= '!' and <= '~') or (>= 0xa1 and <= 0xac) or (>= 0xae and <= 0xff);
}
