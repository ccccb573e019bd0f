using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// CLIP's byte-level byte-pair encoding, the tokenizer of Perception Encoder's text tower: cleaned lower-case text, words by
/// <see cref="ClipWords"/>, each merged by Microsoft.ML.Tokenizers. Safe to call from several threads.
/// </summary>
public sealed class ClipTokenizer : ITokenizer
{
    // Words repeat (Zipf): once full, the cache holds the common ones and the rest are merged anew each time.
    private const int MaxCachedWords = 1 << 16;
    private const int MaxCachedWordLength = 64;

    private readonly BpeTokenizer merger;
    private readonly ConcurrentDictionary<string, int[]> cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cachedIds;
    private int cachedWords;

    internal ClipTokenizer(ClipVocabulary vocabulary)
    {
        Vocabulary = vocabulary;
        merger = BpeTokenizer.Create(new BpeOptions(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, id)))
        {
            Merges = vocabulary.Merges,
            ByteLevel = true,
            EndOfWordSuffix = ByteAlphabet.EndOfWord,
        });
        cachedIds = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        cache[vocabulary.StartToken] = [StartId];
        cache[vocabulary.EndToken] = [EndId];
    }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Tokens.Count;

    /// <summary>Id of the start token, the second largest.</summary>
    public int StartId => VocabularySize - 2;

    /// <summary>Id of the end token, the largest: the text tower finds it by arg-max.</summary>
    public int EndId => VocabularySize - 1;

    internal ClipVocabulary Vocabulary { get; }

    /// <summary>SHA-256 over tokens and merges, in lower-case hex: tokenizers of one hash give the same ids.</summary>
    public string Hash()
        => Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [.. Vocabulary.Tokens, .. Vocabulary.Merges]))));

    /// <summary>
    /// Reads <c>bpe_simple_vocab_16e6.txt.gz</c> (also unpacked), a <c>vocab.json</c> with <c>merges.txt</c> beside it, or a folder that
    /// holds either.
    /// </summary>
    /// <exception cref="UserErrorException">A file is missing, unreadable or damaged; the message names it and the line.</exception>
    public static ClipTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new ClipTokenizer(ClipVocabularyFiles.Read(path));
    }

    /// <summary>
    /// Writes <c>vocab.json</c> and <c>merges.txt</c> in the layout of Hugging Face's CLIP; <see cref="Load"/> reads them back.
    /// </summary>
    /// <exception cref="UserErrorException">The folder cannot be written to.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ClipVocabularyFiles.Write(Vocabulary, folder);
    }

    /// <inheritdoc/>
    public IReadOnlyList<int> Encode(string text)
    {
        var ids = new List<int>();
        Append(ids, text, int.MaxValue);
        return ids;
    }

    /// <inheritdoc/>
    /// <remarks>As published: a space after each word, none after a special token, U+FFFD where the bytes are no UTF-8.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ByteAlphabet.Decode(string.Concat(ids.Select(Token))).Replace(ByteAlphabet.EndOfWord, " ", StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The context has no room for start and end.</exception>
    public int[] EncodeToContext(string text, int contextLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contextLength, 2);
        var ids = new List<int>(contextLength) { StartId };
        Append(ids, text, contextLength - 1);
        var context = new int[contextLength];
        var kept = Math.Min(ids.Count, contextLength - 1);
        CollectionsMarshal.AsSpan(ids)[..kept].CopyTo(context);
        context[kept] = EndId;
        return context;
    }

    /// <summary>Adds the ids of whole words until there are <paramref name="enough"/>.</summary>
    private void Append(List<int> ids, string text, int enough)
    {
        foreach (var word in new ClipWords(TextCleaning.Clean(text), Vocabulary.StartToken, Vocabulary.EndToken))
        {
            ids.AddRange(IdsOf(word).AsSpan());
            if (ids.Count >= enough)
            {
                return;
            }
        }
    }

    private int[] IdsOf(ReadOnlySpan<char> word)
    {
        if (cachedIds.TryGetValue(word, out var cached))
        {
            return cached;
        }

        int[] ids = [.. merger.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false)];
        if (word.Length <= MaxCachedWordLength && Volatile.Read(ref cachedWords) < MaxCachedWords && cachedIds.TryAdd(word, ids))
        {
            Interlocked.Increment(ref cachedWords);
        }

        return ids;
    }

    private string Token(int id)
        => id >= 0 && id < VocabularySize
            ? Vocabulary.Tokens[id]
            : throw new ArgumentOutOfRangeException(nameof(id), id, $"ids are 0..{VocabularySize - 1}");
}
