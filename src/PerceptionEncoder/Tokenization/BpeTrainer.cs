namespace PerceptionEncoder.Tokenization;

/// <summary>Learns a small CLIP vocabulary from captions, for runs whose data has few words.</summary>
/// <remarks>Byte-pair encoding (Sennrich et al., 2016) over bytes, with CLIP's cleaning, words and numbering of tokens.</remarks>
public static class BpeTrainer
{
    /// <summary>All bytes inside a word and at its end, start and end token: no merges at all.</summary>
    public const int MinimumVocabularySize = ClipVocabulary.BaseSize;

    /// <summary>
    /// Joins the most frequent pair of neighbouring symbols until the vocabulary has its size, or no pair occurs twice. Of equally frequent
    /// pairs the one with the smaller left id goes first, then the smaller right id; so equal captions in any order give an equal
    /// vocabulary.
    /// </summary>
    /// <exception cref="UserErrorException">The size is too small or the captions hold no word.</exception>
    public static ClipTokenizer Train(IEnumerable<string> captions, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(captions);
        if (vocabularySize < MinimumVocabularySize)
        {
            throw new UserErrorException(
                $"a vocabulary of {vocabularySize} tokens is too small; bytes and special tokens alone take {MinimumVocabularySize}");
        }

        var corpus = new BpeCorpus(CountWords(captions));
        var symbols = new List<string>(ByteAlphabet.Symbols);
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

        return new ClipTokenizer(ClipVocabulary.FromMerges(merges, "trained merges", firstLine: 1));
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> captions)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var byText = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var caption in captions)
        {
            foreach (var word in new ClipWords(TextCleaning.Clean(caption), ClipVocabulary.PublishedStart, ClipVocabulary.PublishedEnd))
            {
                if (word is not (ClipVocabulary.PublishedStart or ClipVocabulary.PublishedEnd))
                {
                    byText[word] = byText.TryGetValue(word, out var count) ? count + 1 : 1;
                }
            }
        }

        return counts.Count > 0
            ? counts
            : throw new UserErrorException("the captions hold no word to learn a vocabulary from; check the caption source");
    }
}
