using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>A decoder's tokenizer: text to ids and back, every byte kept. Safe to call from several threads.</summary>
public sealed class LanguageTokenizer
{
    private readonly ITextEncoder encoder;
    private readonly byte[]?[] tokens;
    private readonly Dictionary<int, string> specialNames;
    private readonly Regex specialPattern;
    private readonly IReadOnlyList<TokenizerFile> files;

    /// <param name="encoder">Of ordinary text.</param>
    /// <param name="tokens">Bytes of each id; null for special tokens and ids that mean nothing.</param>
    /// <param name="special">Id of each special token.</param>
    /// <param name="files">What <see cref="Save"/> stores.</param>
    internal LanguageTokenizer(
        ITextEncoder encoder,
        byte[]?[] tokens,
        IReadOnlyDictionary<string, int> special,
        IReadOnlyList<TokenizerFile> files)
    {
        this.encoder = encoder;
        this.tokens = tokens;
        this.files = files;
        Special = new SpecialTokens(special);
        specialNames = special.GroupBy(entry => entry.Value).ToDictionary(group => group.Key, group => group.First().Key);
        specialPattern = new Regex(special.Count == 0
            ? "(?!)"
            : string.Join('|', special.Keys.OrderByDescending(name => name.Length).Select(Regex.Escape)));
    }

    /// <summary>Number of ids, special tokens included: the rows of the embedding at least.</summary>
    public int VocabularySize => tokens.Length;

    /// <summary>Marks of a dialogue.</summary>
    public SpecialTokens Special { get; }

    /// <inheritdoc cref="SpecialTokens.BeginOfText"/>
    public int? BeginOfText => Special.BeginOfText;

    /// <inheritdoc cref="SpecialTokens.EndOfText"/>
    public int? EndOfText => Special.EndOfText;

    /// <inheritdoc cref="SpecialTokens.EndOfTurn"/>
    public int? EndOfTurn => Special.EndOfTurn;

    /// <inheritdoc cref="SpecialTokens.StartHeader"/>
    public int? StartHeader => Special.StartHeader;

    /// <inheritdoc cref="SpecialTokens.EndHeader"/>
    public int? EndHeader => Special.EndHeader;

    /// <inheritdoc cref="SpecialTokens.Image"/>
    public int? ImageToken => Special.Image;

    /// <summary>Ids of the text, without marks around them; names of special tokens are text like any other.</summary>
    /// <remarks>Half of a surrogate pair becomes U+FFFD.</remarks>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3);
        encoder.Append(ids, WholePairs(text));
        return ids;
    }

    /// <summary>As <see cref="Encode"/>, but names of special tokens become these: for templates, never for what a user writes.</summary>
    public IReadOnlyList<int> EncodeTemplate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>(text.Length / 3);
        var end = 0;
        foreach (var match in specialPattern.EnumerateMatches(text))
        {
            Append(text[end..match.Index]);
            ids.Add(Special.Ids[text.Substring(match.Index, match.Length)]);
            end = match.Index + match.Length;
        }

        Append(text[end..]);
        return ids;

        void Append(string piece)
        {
            if (piece.Length > 0)
            {
                encoder.Append(ids, WholePairs(piece));
            }
        }
    }

    /// <summary>The text of some ids; special tokens are left out, bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids) => Decode(ids, spellSpecial: false);

    /// <summary>The text of some ids.</summary>
    /// <param name="ids">Any number.</param>
    /// <param name="spellSpecial">Whether special tokens are written by name or left out.</param>
    public string Decode(IEnumerable<int> ids, bool spellSpecial)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var stream = new TokenTextStream(this, spellSpecial);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            text.Append(stream.Add(id));
        }

        return text.Append(stream.Finish()).ToString();
    }

    /// <summary>Whether the id is a special token.</summary>
    public bool IsSpecial(int id) => specialNames.ContainsKey(id);

    /// <summary>Writes the files that the tokenizer was read from; <see cref="LanguageTokenizers.Load"/> takes the folder.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written to.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in files)
            {
                AtomicFile.Write(Path.Combine(folder, file.Name), temporary => File.WriteAllBytes(temporary, file.Bytes));
            }
        }
        catch (Exception error) when (AtomicFolder.IsRefusal(error))
        {
            throw new UserErrorException(
                $"{folder}: cannot store the tokenizer ({error.Message}); name a folder that can be written to",
                error);
        }
    }

    /// <summary>SHA-256 over the files, in lower-case hex: tokenizers of one hash give the same ids.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file.Name));
            hash.AppendData(file.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether a space stands before a text that is none of it.</summary>
    internal bool StartsWithSpace { get; init; }

    /// <summary>Bytes of an ordinary token; none for a special one or an id that means nothing.</summary>
    internal ReadOnlySpan<byte> BytesOf(int id)
        => id >= 0 && id < VocabularySize
            ? tokens[id]
            : throw new ArgumentOutOfRangeException(nameof(id), id, $"ids are 0..{VocabularySize - 1}");

    /// <summary>Name of a special token, or null.</summary>
    internal string? NameOf(int id) => specialNames.GetValueOrDefault(id);

    private static string WholePairs(string text)
        => text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? string.Concat(text.EnumerateRunes()) : text;
}
