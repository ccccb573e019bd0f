using System.Runtime.InteropServices;
using System.Text;

namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Counted words as sequences of symbol ids, with the count of each pair of neighbours kept up to date: a merge touches only the words that
/// hold the pair.
/// </summary>
internal sealed class BpeCorpus
{
    private readonly List<(int[] Symbols, long Count)> words = [];
    private readonly Dictionary<(int Left, int Right), long> pairCounts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> wordsOfPair = [];

    // Entries may be out of date; a pair's entry counts only if it agrees with pairCounts.
    private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> queue = new();

    /// <param name="wordCounts">How often each word occurs.</param>
    /// <param name="marksEnds">Whether a byte at a word's end is another symbol than inside, as in CLIP's vocabulary.</param>
    public BpeCorpus(IEnumerable<KeyValuePair<string, long>> wordCounts, bool marksEnds = true)
    {
        foreach (var (word, count) in wordCounts)
        {
            int[] symbols = [.. Encoding.UTF8.GetBytes(word).Select(ByteAlphabet.Id)];
            symbols[^1] += marksEnds ? ByteAlphabet.Size : 0;
            words.Add((symbols, count));
            CountPairs(words.Count - 1, count);
        }

        foreach (var pair in pairCounts.Keys)
        {
            Enqueue(pair);
        }
    }

    /// <summary>
    /// The pair with the largest count, ties to the smaller ids, or null when no pair occurs twice. It is not offered again unless its
    /// count grows.
    /// </summary>
    public (int Left, int Right)? TakeMostFrequentPair()
    {
        while (queue.TryDequeue(out var pair, out var priority))
        {
            var count = pairCounts[pair];
            if (count < 2)
            {
                continue;
            }

            if (count == -priority.NegativeCount)
            {
                return pair;
            }

            if (count < -priority.NegativeCount)
            {
                Enqueue(pair);
            }
        }

        return null;
    }

    /// <summary>Joins the pair to the symbol <paramref name="merged"/> in each word, from left to right.</summary>
    public void Merge(int left, int right, int merged)
    {
        var grown = new HashSet<(int, int)>();
        foreach (var index in wordsOfPair[(left, right)])
        {
            var (symbols, count) = words[index];
            CountPairs(index, -count);
            words[index] = (Join(symbols, left, right, merged), count);
            CountPairs(index, count);
            AddPairsWith(merged, words[index].Symbols, grown);
        }

        wordsOfPair.Remove((left, right));
        foreach (var pair in grown)
        {
            Enqueue(pair);
        }
    }

    private static int[] Join(int[] symbols, int left, int right, int merged)
    {
        var joined = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            var matches = i + 1 < symbols.Length && symbols[i] == left && symbols[i + 1] == right;
            joined.Add(matches ? merged : symbols[i]);
            i += matches ? 1 : 0;
        }

        return [.. joined];
    }

    private static void AddPairsWith(int symbol, int[] symbols, HashSet<(int, int)> pairs)
    {
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            if (symbols[i] == symbol || symbols[i + 1] == symbol)
            {
                pairs.Add((symbols[i], symbols[i + 1]));
            }
        }
    }

    private void CountPairs(int index, long count)
    {
        var symbols = words[index].Symbols;
        for (var i = 0; i + 1 < symbols.Length; i++)
        {
            var pair = (symbols[i], symbols[i + 1]);
            CollectionsMarshal.GetValueRefOrAddDefault(pairCounts, pair, out _) += count;
            if (count > 0)
            {
                ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(wordsOfPair, pair, out _);
                (holders ??= []).Add(index);
            }
        }
    }

    private void Enqueue((int Left, int Right) pair) => queue.Enqueue(pair, (-pairCounts[pair], pair.Left, pair.Right));
}
