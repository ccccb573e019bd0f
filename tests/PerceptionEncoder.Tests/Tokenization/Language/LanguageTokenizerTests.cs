using System.Text;
using System.Text.Json;
using CsCheck;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Tokenization.Language;

public sealed class LanguageTokenizerTests : IDisposable
{
    private static readonly LanguageTokenizer Trained = LanguageBpeTrainer.Train(
        Enumerable.Repeat("How many red circles are there? Three. It's 1234 of 𝒜𝒷 and 日本語, don't ask.", 3), 340);

    private readonly string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_text_comes_back_from_its_ids()
        => Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(
            text => Trained.Decode(Trained.Encode(text)) == text
                && LanguageTokenizers.Bytes.Decode(LanguageTokenizers.Bytes.Encode(text)) == text,
            iter: 300);

    [Theory]
    [InlineData("👩‍👩‍👧 𝒜𝒷𝟙𝟚 日本語")]
    [InlineData(" \r\n\t x\0y \u3000")]
    public void Text_beyond_the_basic_plane_and_odd_spaces_come_back(string text)
        => Assert.Equal(text, Trained.Decode(Trained.Encode(text)));

    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character()
        => Assert.Equal("a\uFFFDb", Trained.Decode(Trained.Encode("a\ud83db")));

    [Theory]
    [InlineData(WordPattern.Llama, "Don't 12345 𝒜𝒷𝟙𝟚𝟛𝟜!\n\n x", "Don|'t| |123|45| 𝒜𝒷|𝟙𝟚𝟛|𝟜|!\n\n| x")]
    [InlineData(WordPattern.Qwen, "Don't 12345", "Don|'t| |1|2|3|4|5")]
    [InlineData(WordPattern.Gpt2, "Don't 12345  x", "Don|'t| 12345| | x")]
    [InlineData(WordPattern.Llama, "it'ſ 'S it’s", "it|'ſ| '|S| it|’s")]
    [InlineData(WordPattern.Llama, "a   b \n c  ", "a|  | b| \n| c|  ")]
    [InlineData(WordPattern.Llama, "", "")]
    public void Words_are_cut_as_published(string pattern, string text, string words)
        => Assert.Equal(words, string.Join('|', new WordPattern(pattern).Split(text).Select(word => text[word])));

    [Fact]
    public void Names_of_special_tokens_are_text_where_a_user_types_them()
    {
        const string text = "say <|image|><|eot_id|>";
        Assert.DoesNotContain(Trained.Encode(text), Trained.IsSpecial);
        Assert.Equal(text, Trained.Decode(Trained.Encode(text)));
        Assert.Equal([Trained.ImageToken!.Value, Trained.EndOfTurn!.Value], Trained.EncodeTemplate(text).Where(Trained.IsSpecial));
        Assert.Equal("say ", Trained.Decode(Trained.EncodeTemplate(text)));
        Assert.Equal(text, Trained.Decode(Trained.EncodeTemplate(text), spellSpecial: true));
    }

    [Fact]
    public void Bytes_have_llamas_special_tokens_behind_them()
    {
        var bytes = LanguageTokenizers.Load("bytes");
        Assert.Equal(
            [512, 256, 257, 258, 262, 263, 265],
            [
                bytes.VocabularySize, bytes.BeginOfText, bytes.EndOfText, bytes.ImageToken, bytes.StartHeader, bytes.EndHeader,
                bytes.EndOfTurn,
            ]);
        Assert.Equal(Encoding.UTF8.GetBytes("né\n").Select(value => (int)value), bytes.Encode("né\n"));
    }

    [Fact]
    public void What_was_learned_loads_again_from_each_form()
    {
        Trained.Save(folder);
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")));
        var model = file.RootElement.GetProperty("model");
        var merges = model.GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!).ToArray();
        Assert.NotEmpty(merges);
        var pair = Directory.CreateDirectory(Path.Combine(folder, "pair")).FullName;
        File.WriteAllText(Path.Combine(pair, "vocab.json"), model.GetProperty("vocab").GetRawText());
        File.WriteAllText(Path.Combine(pair, "merges.txt"), "#version: 0.2\r\n" + string.Concat(merges.Select(merge => merge + "\r\n")));
        var ranks = Path.Combine(folder, "tokenizer.model");
        var ordinary = Trained.VocabularySize - Trained.Special.Ids.Count;
        File.WriteAllLines(ranks, Enumerable.Range(0, ordinary).Select(id => $"{Convert.ToBase64String(Trained.BytesOf(id))} {id}"));

        // No digits: Qwen's words have one each.
        const string text = "How many red circles are there? Don't ask <|image|>, It's 𝒜𝒷 日本語";
        Assert.All([folder, pair, ranks], path => Assert.Equal(Trained.Encode(text), LanguageTokenizers.Load(path).Encode(text)));
        Assert.Equal(Trained.Hash(), LanguageTokenizers.Load(folder).Hash());
        Assert.Equal("<|im_end|>", LanguageTokenizers.Load(pair).NameOf(LanguageTokenizers.Load(pair).EndOfTurn!.Value));
        Assert.Equal(ordinary + 2, LanguageTokenizers.Load(ranks).ImageToken);
    }

    [Fact]
    public void Qwen_composes_letters_with_their_accents_first()
    {
        Trained.Save(folder);
        var path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}"));
        Assert.Equal(Trained.Encode("é"), LanguageTokenizers.Load(path).Encode("e\u0301"));
        Assert.NotEqual(Trained.Encode("é"), Trained.Encode("e\u0301"));
    }

    [Fact]
    public void A_word_that_is_a_token_is_taken_whole_where_merges_are_ignored()
    {
        var ids = Enumerable.Range(0, 256).ToDictionary(value => PerceptionEncoder.Tokenization.ByteAlphabet.Encode([(byte)value]));
        ids["abc"] = 256;
        var words = new WordPattern(WordPattern.Llama);
        var taken = new MergeVocabulary(ids, [], new Dictionary<string, int>(), words, IgnoresMerges: true).Tokenizer("x", []);
        var merged = new MergeVocabulary(ids, [], new Dictionary<string, int>(), words).Tokenizer("x", []);
        Assert.Equal([256], taken.Encode("abc"));
        Assert.Equal([97, 98, 99], merged.Encode("abc"));
    }

    [Fact]
    public void Streamed_text_never_shows_part_of_a_character()
    {
        var stream = new TokenTextStream(LanguageTokenizers.Bytes);
        Assert.Equal(["", "", "", "🙂", "!"], LanguageTokenizers.Bytes.Encode("🙂!").Select(stream.Add));
        Assert.Equal(["", "", "\uFFFD"], [stream.Add(0xF0), stream.Add(0x9F), stream.Finish()]);
        Assert.Equal(["", "\uFFFD"], [stream.Add(0xF0), stream.Add(LanguageTokenizers.Bytes.EndOfTurn!.Value)]);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "\n\r\n \t")]
    [InlineData(true, "\n")]
    public void A_byte_order_mark_and_blank_lines_before_the_JSON_change_nothing(bool isMarked, string blank)
    {
        Trained.Save(folder);
        var path = Path.Combine(folder, "tokenizer.json");
        var start = (isMarked ? "\uFEFF" : "") + blank;
        File.WriteAllText(path, start + File.ReadAllText(path));
        Assert.Equal(Trained.Encode("How many red circles?"), LanguageTokenizers.Load(folder).Encode("How many red circles?"));
        File.WriteAllText(path, start + "{\n\"model\": nothing}");
        var line = start.Count(character => character == '\n') + 2;
        var error = Assert.Throws<UserErrorException>(() => LanguageTokenizers.Load(path));
        Assert.Contains($"tokenizer.json:{line}: is no JSON", error.Message);
    }

    [Theory]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"Unigram\"}}", "Unigram")]
    [InlineData("tokenizer.json", "{\"model\":", ":1: is no JSON")]
    [InlineData("tokenizer.json", "{}", "no tokenizer of Hugging Face's")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"vocab\":{},\"merges\":[]}}", "SentencePiece")]
    [InlineData("tokenizer.model", "IQ== 0\n!! 1\n", "tokenizer.model:2: is not a token")]
    [InlineData("tokenizer.model", "IQ== 0\n", "each of the 256 bytes")]
    [InlineData("tokenizer.model", "\n\u000e\n\u0005<unk>", "SentencePiece")]
    [InlineData("tokenizer.model", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer")]
    [InlineData("tok512.bin", "\u0007\0\0\0\0\0\0\0\u0009\0\0\0a", "token 0 is cut short")]
    [InlineData("vocab.json", "{\"a\":0}", "merges.txt: no such file")]
    [InlineData("tokenizer.json", "", "is empty")]
    public void A_damaged_file_is_refused_by_name(string name, string content, string problem)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, content);
        Assert.Contains(problem, Assert.Throws<UserErrorException>(() => LanguageTokenizers.Load(path)).Message);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
        => Assert.Contains("holds no tokenizer", Assert.Throws<UserErrorException>(() => LanguageTokenizers.Load(folder)).Message);
}
