using System.Text;
using CsCheck;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

public class ClipTokenizerTests
{
    private static readonly ClipTokenizer Trained = BpeTrainer.Train(SampleCaptions.All, 700);

    // Any UTF-16, well formed or not, with what cleaning and splitting look at turning up often.
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.Char.Array[0, 20].Select(characters => new string(characters)),
        Gen.OneOf(
            "a red circle", "&amp;", "&#", "'s", "<end_of_text>", "\ud835", "\udc00", "𝐇", "😀", "Σ", "İ", " ", "\n", "7", "</w>",
            "’").Array[0, 12].Select(string.Concat));

    [Fact]
    public void Any_text_at_all_encodes_to_ids_of_the_vocabulary()
        => AnyText.Sample(text => Assert.All(Trained.Encode(text), id => Assert.InRange(id, 0, Trained.EndId)));

    [Fact]
    public void Decoding_gives_the_words_of_the_cleaned_text()
        => AnyText.Sample(text => Assert.Equal(
            TextCleaning.Clean(text).Replace(" ", "", StringComparison.Ordinal),
            Trained.Decode(Trained.Encode(text)).Replace(" ", "", StringComparison.Ordinal)), iter: 2000);

    [Fact]
    public void The_librarys_merging_agrees_with_the_definition()
        => Gen.OneOf(Gen.Char['a', 'z'], Gen.OneOf('é', '中', 'ё')).Array[1, 24].Select(letters => new string(letters)).Sample(
            word => Assert.Equal(MergeByDefinition(word), Trained.Encode(word)), iter: 1000);

    [Fact]
    public void A_context_is_start_ids_end_and_zeros()
        => Gen.Select(AnyText, Gen.Int[2, 40]).Sample((text, length) =>
        {
            var context = Trained.EncodeToContext(text, length);
            var ids = Trained.Encode(text).Take(length - 2).ToArray();
            Assert.Equal([Trained.StartId, .. ids, Trained.EndId, .. new int[length - 2 - ids.Length]], context);
        });

    [Fact]
    public void A_context_without_room_for_start_and_end_is_refused()
        => Assert.Throws<ArgumentOutOfRangeException>(() => Trained.EncodeToContext("a", 1));

    [Fact]
    public void Special_tokens_in_text_and_ids_are_spelled_out()
    {
        var ids = Trained.Encode("red <END_OF_TEXT> star");
        Assert.Contains(Trained.EndId, ids);
        Assert.Equal("red <end_of_text>star ", Trained.Decode(ids));
    }

    [Fact]
    public void Invalid_bytes_decode_to_the_replacement_character()
        => Assert.Equal("\ufffd ", Trained.Decode([Trained.Encode("é")[0] is var id && id < 256 ? id + 256 : 511]));

    [Theory]
    [InlineData(-1)]
    [InlineData(700)]
    public void Ids_outside_the_vocabulary_do_not_decode(int id)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Trained.Decode([id]));

    [Fact]
    public void Threads_get_the_ids_that_one_thread_gets()
    {
        var captions = Enumerable.Range(0, 4000)
            .Select(i => $"{SampleCaptions.All[i % SampleCaptions.All.Length]} word{i % 700}x{(char)('a' + (i % 26))}").ToArray();
        var serial = captions.Select(Fresh().Encode).ToArray();
        var shared = Fresh();
        var parallel = new IReadOnlyList<int>[captions.Length];
        Parallel.For(0, captions.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => parallel[i] = shared.Encode(captions[i]));
        Assert.Equal(serial, parallel);

        static ClipTokenizer Fresh() => BpeTrainer.Train(SampleCaptions.All, 700);
    }

    [Fact]
    public void More_words_than_the_cache_holds_still_encode()
    {
        var small = BpeTrainer.Train(["a"], BpeTrainer.MinimumVocabularySize);
        for (var i = 0; i < 70_000; i++)
        {
            var word = string.Concat(Enumerable.Range(0, 4).Select(place => (char)('a' + (i >> (4 * place) & 15))))
                + (i >> 16 == 0 ? "" : "z");
            Assert.Equal(word.Length, small.Encode(word).Count);
        }
    }

    private static List<int> MergeByDefinition(string word)
    {
        var vocabulary = Trained.Vocabulary;
        var symbols = Encoding.UTF8.GetBytes(word).Select(value => vocabulary.Tokens[ByteAlphabet.Id(value)]).ToList();
        symbols[^1] += ByteAlphabet.EndOfWord;
        foreach (var merge in vocabulary.Merges)
        {
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                if ($"{symbols[i]} {symbols[i + 1]}" == merge)
                {
                    symbols[i] += symbols[i + 1];
                    symbols.RemoveAt(i + 1);
                }
            }
        }

        return [.. symbols.Select(symbol => vocabulary.Tokens.ToList().IndexOf(symbol))];
    }
}
