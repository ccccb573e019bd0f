namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Learns a small byte-level vocabulary from texts, for decoders that are trained from scratch.</summary>
public static class LanguageBpeTrainer
{
    /// <summary>Marks of a dialogue, as Llama 3 names them; they are the last ids.</summary>
    private static readonly string[] Marks =
        ["<|begin_of_text|>", "<|end_of_text|>", "<|image|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"];

    /// <summary>Bytes and special tokens: no merges at all.</summary>
    public static int MinimumVocabularySize => ByteAlphabet.Size + Marks.Length;

    /// <summary>
    /// Joins the most frequent pair of neighbouring tokens inside words, as Llama 3 cuts them, until the vocabulary has its size or no pair
    /// occurs twice. Equal texts in any order give an equal vocabulary.
    /// </summary>
    /// <exception cref="UserErrorException">The size is too small or there is no text.</exception>
    public static LanguageTokenizer Train(IEnumerable<string> texts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (vocabularySize < MinimumVocabularySize)
        {
            throw new UserErrorException(
                $"a vocabulary of {vocabularySize} tokens is too small; bytes and special tokens alone take {MinimumVocabularySize}");
        }

        var words = new WordPattern(WordPattern.Llama);
        var corpus = new BpeCorpus(CountWords(texts, words), marksEnds: false);
        var symbols = ByteAlphabet.Symbols.Take(ByteAlphabet.Size).ToList();
        var known = new HashSet<string>(symbols);
        var merges = new List<string>();
        while (MinimumVocabularySize + merges.Count < vocabularySize && corpus.TakeMostFrequentPair() is var (left, right))
        {
            // Two different pairs can spell one token; it keeps its first id, and the second pair stays apart.
            if (known.Add(symbols[left] + symbols[right]))
            {
                corpus.Merge(left, right, symbols.Count);
                merges.Add($"{symbols[left]} {symbols[right]}");
                symbols.Add(symbols[left] + symbols[right]);
            }
        }

        var vocabulary = new MergeVocabulary(
            symbols.Index().ToDictionary(symbol => symbol.Item, symbol => symbol.Index),
            merges,
            Marks.Index().ToDictionary(mark => mark.Item, mark => symbols.Count + mark.Index),
            words);
        return vocabulary.Tokenizer("trained vocabulary", [new TokenizerFile(TokenizerJson.Name, TokenizerJson.Write(vocabulary))]);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts, WordPattern words)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var byText = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var text in texts)
        {
            foreach (var word in words.Split(text))
            {
                byText[text.AsSpan()[word]] = byText.TryGetValue(text.AsSpan()[word], out var count) ? count + 1 : 1;
            }
        }

        return counts.Count > 0 ? counts : throw new UserErrorException("there is no text to learn a vocabulary from; check the source");
    }
}
