using System.Text;
using CsCheck;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

public class BpeTrainerTests
{
    [Fact]
    public void The_first_merges_are_the_most_frequent_pairs()
    {
        // First "h u" and "u g</w>" occur 17 times each, and h has the smaller id; the pairs of count 5 go by their left ids too.
        var captions = Repeat("hug", 12).Concat(Repeat("pug", 5)).Concat(Repeat("hugs", 5));
        Assert.Equal(["h u", "hu g</w>", "g s</w>", "p u", "hu gs</w>", "pu g</w>"], Merges(BpeTrainer.Train(captions, 1000)));
    }

    [Fact]
    public void Equal_counts_go_by_the_smaller_ids()
        => Assert.Equal(["a b</w>", "c d</w>"], Merges(BpeTrainer.Train(["cd ab", "ab cd"], 1000)));

    [Fact]
    public void The_order_of_captions_does_not_matter()
        => Assert.Equal(Merges(BpeTrainer.Train(SampleCaptions.All, 700)), Merges(BpeTrainer.Train(SampleCaptions.All.Reverse(), 700)));

    [Fact]
    public void Counts_kept_up_to_date_give_the_merges_of_counts_made_anew()
        => Gen.Char["abc"].Array[1, 9].Select(characters => new string(characters)).Array[1, 30].Sample(
            words => Assert.Equal(MergesByCountingAnew(words), Merges(BpeTrainer.Train(words, 600))), iter: 300);

    [Fact]
    public void The_vocabulary_has_the_size_asked_for()
    {
        var tokenizer = BpeTrainer.Train(SampleCaptions.All, 560);
        Assert.Equal(560, tokenizer.VocabularySize);
        Assert.Equal([558, 559], [tokenizer.StartId, tokenizer.EndId]);
    }

    [Fact]
    public void The_smallest_vocabulary_spells_bytes()
    {
        var tokenizer = BpeTrainer.Train(SampleCaptions.All, BpeTrainer.MinimumVocabularySize);
        Assert.Equal(Encoding.UTF8.GetByteCount("café"), tokenizer.Encode("café").Count);
    }

    [Fact]
    public void A_learned_vocabulary_shortens_its_captions_to_about_a_token_a_word()
        => Assert.InRange(BpeTrainer.Train(SampleCaptions.All, 700).Encode(SampleCaptions.All[0]).Count, 10, 18);

    [Fact]
    public void Special_tokens_in_captions_are_not_learned()
        => Assert.Empty(Merges(BpeTrainer.Train(Repeat("a <start_of_text> <end_of_text>", 9), 600)));

    [Fact]
    public void A_size_below_the_bytes_is_refused()
    {
        var error = Assert.Throws<UserErrorException>(() => BpeTrainer.Train(SampleCaptions.All, BpeTrainer.MinimumVocabularySize - 1));
        Assert.Contains("514", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Captions_without_a_word_are_refused()
        => Assert.Contains(
            "no word",
            Assert.Throws<UserErrorException>(() => BpeTrainer.Train(["", " \n"], 600)).Message,
            StringComparison.Ordinal);

    private static IEnumerable<string> Repeat(string caption, int times) => Enumerable.Repeat(caption, times);

    private static IReadOnlyList<string> Merges(ClipTokenizer tokenizer) => tokenizer.Vocabulary.Merges;

    /// <summary>
    /// The definition, slowly: count all pairs, join the best, start again. The letters' ids are in the order of their codes.
    /// </summary>
    private static List<string> MergesByCountingAnew(string[] captions)
    {
        var symbols = ByteAlphabet.Symbols.ToList();
        var words = captions.Select(word => word.Select(
            (letter, i) => symbols.IndexOf(letter + (i == word.Length - 1 ? ByteAlphabet.EndOfWord : ""))).ToList()).ToList();
        var merges = new List<string>();
        while (merges.Count < 600 - BpeTrainer.MinimumVocabularySize)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1))).CountBy(pair => pair)
                .Where(pair => pair.Value > 1 && !symbols.Contains(symbols[pair.Key.First] + symbols[pair.Key.Second]))
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key)
                .Select(pair => ((int First, int Second)?)pair.Key).FirstOrDefault();
            if (best is not var (left, right))
            {
                break;
            }

            merges.Add($"{symbols[left]} {symbols[right]}");
            symbols.Add(symbols[left] + symbols[right]);
            foreach (var word in words)
            {
                for (var i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == left && word[i + 1] == right)
                    {
                        word[i] = symbols.Count - 1;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }

        return merges;
    }
}
