using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Meta's <c>tokenizer.model</c> of Llama 3: a line for each token, its bytes in base64 and its rank.</summary>
internal static class TiktokenFile
{
    public const string Name = "tokenizer.model";

    /// <summary>Special tokens behind the ranks; the first ones have names, the others are reserved.</summary>
    private const int SpecialTokens = 256;

    private static readonly string[] Named =
    [
        "<|begin_of_text|>", "<|end_of_text|>", "<|image|>", "<|reserved_special_token_1|>", "<|reserved_special_token_2|>",
        "<|reserved_special_token_3|>", "<|start_header_id|>", "<|end_header_id|>", "<|reserved_special_token_4|>", "<|eot_id|>",
    ];

    /// <summary>Ids of Llama 3's special tokens behind <paramref name="count"/> ordinary ones, with PLM's name of the picture's.</summary>
    public static Dictionary<string, int> Special(int count)
        => Enumerable.Range(0, SpecialTokens).ToDictionary(
            index => index < Named.Length ? Named[index] : $"<|reserved_special_token_{index - Named.Length + 5}|>",
            index => count + index);

    /// <exception cref="UserErrorException">A line is damaged.</exception>
    public static LanguageTokenizer Read(string path, byte[] content)
    {
        var lines = Encoding.Latin1.GetString(content).Split('\n', StringSplitOptions.TrimEntries);
        var count = lines.Length - (lines[^1].Length == 0 ? 1 : 0);
        var tokens = new byte[]?[count + SpecialTokens];
        for (var number = 0; number < count; number++)
        {
            tokens[number] = Token(lines[number], number)
                ?? throw new UserErrorException($"{path}:{number + 1}: is not a token in base64 and its rank {number}, "
                    + "as Llama 3's tokenizer.model has them; use an intact copy");
        }

        if (tokens.Take(count).Count(token => token!.Length == 1) != ByteAlphabet.Size)
        {
            throw new UserErrorException($"{path}: does not have a token for each of the 256 bytes; use an intact copy");
        }

        var ranks = Encoding.Latin1.GetBytes(string.Join('\n', lines.Take(count)));
        var merger = TiktokenTokenizer.Create(new MemoryStream(ranks), preTokenizer: null, normalizer: null);
        return new LanguageTokenizer(
            new RankedWords(new WordPattern(WordPattern.Llama), merger),
            tokens,
            Special(count),
            [new TokenizerFile(Name, content)]);
    }

    private static byte[]? Token(string line, int rank)
    {
        var words = line.Split(' ');
        var bytes = new byte[line.Length];
        return words.Length == 2
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given == rank
            && Convert.TryFromBase64String(words[0], bytes, out var length) && length > 0
            ? bytes[..length] : null;
    }
}
