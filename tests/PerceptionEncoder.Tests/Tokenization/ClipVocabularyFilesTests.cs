using System.IO.Compression;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

public sealed class ClipVocabularyFilesTests : IDisposable
{
    private const string Header = "#version: 0.2\n";
    private readonly string folder = Directory.CreateTempSubdirectory("pe-vocabulary-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_learned_vocabulary_loads_back_from_folder_ids_and_merges_alike()
    {
        var trained = BpeTrainer.Train(SampleCaptions.All, 640);
        trained.Save(folder);
        foreach (var path in (string[])[folder, At("vocab.json"), At("merges.txt")])
        {
            AssertSame(trained, ClipTokenizer.Load(path));
        }
    }

    [SkippableFact]
    public void The_published_vocabulary_survives_saving()
    {
        var published = PublishedVocabulary.Tokenizer();
        published.Save(folder);
        AssertSame(published, ClipTokenizer.Load(folder));
    }

    [SkippableFact]
    public void The_published_list_reads_the_same_unpacked_and_by_its_folder()
    {
        var published = PublishedVocabulary.Tokenizer();
        Skip.IfNot(PublishedVocabulary.Path.EndsWith(".gz", StringComparison.Ordinal), "PE_VOCAB is not the packed list");
        using (var packed = new GZipStream(File.OpenRead(PublishedVocabulary.Path), CompressionMode.Decompress))
        using (var unpacked = File.Create(At("bpe_simple_vocab_16e6.txt")))
        {
            packed.CopyTo(unpacked);
        }

        AssertSame(published, ClipTokenizer.Load(At("bpe_simple_vocab_16e6.txt")));
        AssertSame(published, ClipTokenizer.Load(folder));
    }

    [Fact]
    public void The_spelling_of_special_tokens_is_the_files_own()
    {
        BpeTrainer.Train(SampleCaptions.All, 600).Save(folder);
        Rewrite("vocab.json", json => json.Replace("<start_of_text>", "<|startoftext|>", StringComparison.Ordinal)
            .Replace("<end_of_text>", "<|endoftext|>", StringComparison.Ordinal));
        var tokenizer = ClipTokenizer.Load(folder);
        Assert.Equal([tokenizer.StartId, tokenizer.EndId], tokenizer.Encode("<|startoftext|><|endoftext|>"));
        Assert.Equal("<|endoftext|>", tokenizer.Decode([tokenizer.EndId]));
    }

    [Fact]
    public void Files_with_carriage_returns_load()
    {
        var trained = BpeTrainer.Train(SampleCaptions.All, 600);
        trained.Save(folder);
        Rewrite("merges.txt", text => text.Replace("\n", "\r\n", StringComparison.Ordinal));
        AssertSame(trained, ClipTokenizer.Load(folder));
    }

    [Fact]
    public void A_missing_file_is_named() => AssertError(At("nothing.txt.gz"), "no such file");

    [Fact]
    public void A_folder_without_vocabulary_is_named() => AssertError(folder, "vocab.json");

    [Fact]
    public void Ids_without_merges_are_an_error()
    {
        BpeTrainer.Train(SampleCaptions.All, 600).Save(folder);
        File.Delete(At("merges.txt"));
        AssertError(folder, "merges.txt: no such file");
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void A_gzip_that_ends_early_is_damaged(double share)
    {
        var packed = Pack(
            Header + string.Join('\n', Enumerable.Range(0, 200).Select(i => $"{(char)('a' + i % 26)} {(char)('A' + i / 26)}")));
        File.WriteAllBytes(At("list.txt.gz"), packed[..(int)(packed.Length * share)]);
        AssertError(At("list.txt.gz"), "damaged");
    }

    [Fact]
    public void A_gzip_with_a_flipped_bit_is_damaged()
    {
        var packed = Pack(Header + "a b\n");
        packed[packed.Length / 2] ^= 4;
        File.WriteAllBytes(At("list.txt.gz"), packed);
        AssertError(At("list.txt.gz"), "damaged");
    }

    [Fact]
    public void A_small_gzip_of_a_huge_text_is_refused()
    {
        File.WriteAllBytes(At("list.txt.gz"), Pack(new string('a', 65 << 20)));
        AssertError(At("list.txt.gz"), "unpacks to more than");
    }

    [Fact]
    public void A_file_that_is_no_gzip_is_damaged()
    {
        File.WriteAllText(At("list.txt.gz"), "a b\n");
        AssertError(At("list.txt.gz"), "damaged");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_damaged()
    {
        File.WriteAllBytes(At("merges.txt"), [.. Encoding.UTF8.GetBytes(Header), 0xff, 0xfe]);
        AssertError(At("merges.txt"), "damaged");
    }

    [Theory]
    [InlineData("", "cut short")]
    [InlineData("\"bpe_simple_vocab_16e6.txt#version: 0.2\na b\n", "cut short")]
    [InlineData(Header + "a b\nab c d\n", "merges.txt:3:")]
    [InlineData(Header + "a b\nlonely\n", "merges.txt:3:")]
    [InlineData(Header + "a b\nab xyz\n", "merges.txt:3: the merge names the unknown symbol \"xyz\"")]
    [InlineData("a b\nb c\na b\n", "merges.txt:3:")]
    public void Merges_that_make_no_sense_are_named_with_their_line(string text, string expected)
    {
        File.WriteAllText(At("merges.txt"), text);
        AssertError(At("merges.txt"), expected);
    }

    [Theory]
    [InlineData("[]", "JSON")]
    [InlineData("{\"a\": \"x\"}", "JSON")]
    [InlineData("{\"a\": 0", "JSON")]
    [InlineData("null", "holds 0 tokens")]
    [InlineData("{\"a\": 0}", "holds 1 tokens")]
    public void Ids_that_are_no_vocabulary_are_an_error(string json, string expected)
    {
        File.WriteAllText(At("vocab.json"), json);
        AssertError(At("vocab.json"), expected);
    }

    [Fact]
    public void Ids_that_skip_a_number_are_an_error() => AssertIdError(ids => ids["<end_of_text>"] = 9999, "9999");

    [Fact]
    public void Ids_that_repeat_a_number_are_an_error() => AssertIdError(ids => ids["a"] = ids["b"], "twice");

    [Fact]
    public void Ids_without_a_byte_are_an_error() => AssertIdError(ids => Rename(ids, "q</w>", "qqq"), "\"q</w>\" is missing");

    [Fact]
    public void Special_tokens_that_are_not_last_are_an_error()
        => AssertIdError(ids => (ids["a"], ids["<end_of_text>"]) = (ids["<end_of_text>"], ids["a"]), "two largest ids");

    [Fact]
    public void Merges_of_another_vocabulary_are_an_error()
        => AssertIdError(
            ids => Rename(ids, ids.Single(token => token.Value == 512).Key, "qqq"),
            "merges.txt:2: the merge names the unknown symbol");

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        File.WriteAllText(At("taken"), "");
        var error = Assert.Throws<UserErrorException>(() => BpeTrainer.Train(["a"], 514).Save(At("taken")));
        Assert.StartsWith(At("taken"), error.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(ClipTokenizer expected, ClipTokenizer actual)
    {
        Assert.Equal(expected.Vocabulary.Tokens, actual.Vocabulary.Tokens);
        Assert.Equal(expected.Vocabulary.Merges, actual.Vocabulary.Merges);
        Assert.All(SampleCaptions.All, caption => Assert.Equal(expected.Encode(caption), actual.Encode(caption)));
    }

    private static void AssertError(string path, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => ClipTokenizer.Load(path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static void Rename(Dictionary<string, int> ids, string token, string name)
    {
        Assert.True(ids.Remove(token, out var id));
        ids[name] = id;
    }

    private static byte[] Pack(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private void AssertIdError(Action<Dictionary<string, int>> damage, string expected)
    {
        BpeTrainer.Train(SampleCaptions.All, 600).Save(folder);
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(At("vocab.json")))!;
        damage(ids);
        File.WriteAllText(At("vocab.json"), JsonSerializer.Serialize(ids));
        AssertError(folder, expected);
    }

    private void Rewrite(string name, Func<string, string> change) => File.WriteAllText(At(name), change(File.ReadAllText(At(name))));

    private string At(string name) => Path.Combine(folder, name);
}
