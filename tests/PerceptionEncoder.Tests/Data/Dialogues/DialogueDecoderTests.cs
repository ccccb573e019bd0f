using System.Text;
using CsCheck;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Data.Dialogues;

public class DialogueDecoderTests
{
    private const int Side = 4, TokensPerChunk = 3, Context = 64, Chunks = 5;

    private static readonly SourceOptions Source = new() { Shards = "x", Images = ["png", "0.png", "1.png"] };
    private static readonly LanguageTokenizer Bytes = LanguageTokenizers.Bytes;

    [Fact]
    public void A_picture_and_its_dialogue_become_tokens_answers_and_chunks()
    {
        var fields = Decode(("json", Turns("<image>\nHow many?", "Two.")), ("png", Picture(8, 4)));
        var length = fields.LengthOf("tokens");
        Assert.Equal(1 + TokensPerChunk, fields.LengthOf("images") + TokensPerChunk);
        Assert.Equal(TokensPerChunk, fields.Of<long>("tokens")[..length].ToArray().Count(id => id == Bytes.ImageToken));
        Assert.Equal("Two.", Answer(fields));
    }

    [Fact]
    public void A_caption_alone_is_the_answer_to_an_empty_question()
        => Assert.Equal("a dog", Answer(Decode(("txt", "a dog"u8.ToArray()), ("png", Picture(4, 4)))));

    [Fact]
    public void A_dialogue_may_be_about_nothing()
    {
        var fields = Decode(("json", Turns("2+2?", "4")));
        Assert.Equal(0, fields.LengthOf("images"));
        Assert.Equal("4", Answer(fields));
    }

    [Fact]
    public void Several_pictures_stand_where_their_tags_are()
    {
        const string json = """
            {"images": ["0.png", "1.png"], "conversations": [{"from": "human", "value": "<image> or <image>?"}, {"from": "assistant", "value": "B"}]}
            """;
        var fields = Decode(("json", Encoding.UTF8.GetBytes(json)), ("0.png", Picture(4, 4)), ("1.png", Picture(5, 3)));
        Assert.Equal(2, fields.LengthOf("images"));
        var ids = fields.Of<long>("tokens")[..fields.LengthOf("tokens")].ToArray();
        var first = Array.IndexOf(ids, Bytes.ImageToken!.Value);
        Assert.Equal(" or ", Bytes.Decode(ids.Skip(first + TokensPerChunk).Take(4).Select(id => (int)id)));
        Assert.Equal(Bytes.ImageToken.Value, ids[first + TokensPerChunk + 4]);
    }

    [Fact]
    public void Large_pictures_become_tiles_behind_a_thumbnail()
        => Assert.Equal(5, Decode(new ImageTiling(Side, 4), ("json", Turns("?", "!")), ("png", Picture(8, 8))).LengthOf("images"));

    [Theory]
    [InlineData("""[{"from": "human", "value": "a"}, {"from": "human", "value": "b"}]""", "two turns in a row", "turns 1 and 2 are both human's")]
    [InlineData("""[{"from": "human", "value": "a"}, {"from": "robot", "value": "b"}]""", "unknown role", "\"robot\"")]
    [InlineData("""[{"from": "human", "value": "a"}]""", "no answer", "1 turns")]
    [InlineData("""[{"from": "human", "value": "a"}, {"from": "assistant"}]""", "no dialogue", "turn 2")]
    [InlineData("""[]""", "no dialogue", "no list of turns")]
    [InlineData("""[{"from": "assistant", "value": "x"}, {"from": "human", "value": "a"}, {"from": "assistant", "value": "b"}]""", "tags and pictures differ", "begins with an answer")]
    public void A_dialogue_that_cannot_be_learned_from_says_why(string conversations, string reason, string detail)
    {
        var error = Assert.Throws<BadSampleException>(
            () => Decode(("json", Encoding.UTF8.GetBytes($$"""{"conversations": {{conversations}}}""")), ("png", Picture(4, 4))));
        Assert.Equal(reason, error.Reason);
        Assert.Contains(detail, error.Message);
    }

    [Theory]
    [InlineData("""{"image": "7.png", """, "missing image")]
    [InlineData("""{"images": ["0.png", "1.png"], """, "tags and pictures differ")]
    [InlineData("""{"image": 3, """, "no dialogue")]
    [InlineData("""{"image" """, "damaged JSON")]
    public void Pictures_that_do_not_go_with_the_dialogue_are_counted_by_reason(string start, string reason)
    {
        var json = Encoding.UTF8.GetBytes(
            start + """ "conversations": [{"from": "human", "value": "<image>?"}, {"from": "assistant", "value": "b"}]}""");
        Assert.Equal(reason, Assert.Throws<BadSampleException>(
            () => Decode(("json", json), ("0.png", Picture(4, 4)), ("1.png", Picture(4, 4)))).Reason);
    }

    [Fact]
    public void An_answer_that_truncation_takes_away_is_no_sample()
    {
        var error = Assert.Throws<BadSampleException>(() => Decode(("json", Turns("a", new string('x', Context)))));
        Assert.Equal("no answer fits", error.Reason);
    }

    [Fact]
    public void More_pictures_than_the_context_holds_are_refused_with_what_each_takes()
    {
        var error = Assert.Throws<BadSampleException>(() => Decode(new ImageTiling(Side, 16), ("json", Turns("?", "!")), ("png", Picture(16, 16))));
        Assert.Equal("too many pictures", error.Reason);
        Assert.Contains("17 tiles or frames of 3 tokens each; this run has room for 5", error.Message);
        error = Assert.Throws<BadSampleException>(() => new ChatFormat(Bytes, ChatFormatKind.Sft).Training(
            [new(DialogueRole.Human, "?"), new(DialogueRole.Assistant, "!")], DialogueMedia.Image, [256], 250));
        Assert.Contains("256 of them for 1 pictures (256); a context of 250 has room for 249", error.Message);
    }

    [Fact]
    public void What_is_cut_is_whole_turns_and_spans_stay_within_the_tokens()
        => Gen.Select(Gen.String[Gen.Char["ab <>|\n"], 0, 12].Array[2, 8], Gen.Int[2, 120]).Sample((texts, context) =>
        {
            DialogueTurn[] turns = [.. texts.Select((text, index) => new DialogueTurn(index % 2 == 0 ? DialogueRole.Human : DialogueRole.Assistant, text))];
            var format = new ChatFormat(Bytes, ChatFormatKind.Sft, system: "");
            var whole = format.Training(turns, DialogueMedia.Text, []);
            DialogueTokens cut;
            try
            {
                cut = format.Training(turns, DialogueMedia.Text, [], context);
            }
            catch (BadSampleException)
            {
                return whole.Ids.Length >= context;
            }

            return cut.Ids.Length < context
                && whole.Ids.AsSpan(0, cut.Ids.Length).SequenceEqual(cut.Ids)
                && whole.Responses.Take(cut.Responses.Count).SequenceEqual(cut.Responses)
                && (whole.Ids.Length >= context || cut.Ids.Length == whole.Ids.Length);
        }, iter: 200);

    [Fact]
    public void Later_pictures_of_a_chat_stand_in_their_own_turns()
    {
        var prompt = new ChatFormat(Bytes, ChatFormatKind.Sft, system: "").Prompt(
            [new(DialogueRole.Human, "<image>a"), new(DialogueRole.Assistant, "b"), new(DialogueRole.Human, "<image>c")], [4, 2]);
        Assert.Equal([4, 2], prompt.Images.Select(span => span.End - span.Start));
        Assert.EndsWith("assistant\n\n", Bytes.Decode(prompt.Ids));
    }

    private static string Answer(SampleFields fields)
    {
        var length = fields.LengthOf("tokens");
        var (ids, answers) = (fields.Of<long>("tokens")[..length].ToArray(), fields.Of<bool>("answers")[..length].ToArray());
        return Bytes.Decode(ids.Zip(answers).Where(pair => pair.Second).Select(pair => (int)pair.First)).Replace("assistant\n\n", "");
    }

    private static SampleFields Decode(params (string Extension, byte[] Bytes)[] members) => Decode(new ImageTiling(Side, 1), members);

    private static SampleFields Decode(ImageTiling tiling, params (string Extension, byte[] Bytes)[] members)
    {
        var decoder = new DialogueDecoder(new ChatFormat(Bytes, ChatFormatKind.Sft, system: ""), tiling, TokensPerChunk, Context, Chunks);
        var fields = new SampleFields(DialogueBatch.Layout(Context, Chunks, Side));
        decoder.Decode(
            new Sample("key", "shard", members.ToDictionary(member => member.Extension, member => (ReadOnlyMemory<byte>)member.Bytes)),
            Source,
            1,
            fields);
        return fields;
    }

    private static byte[] Turns(string question, string answer) => Encoding.UTF8.GetBytes(
        $$"""{"conversations": [{"from": "human", "value": {{System.Text.Json.JsonSerializer.Serialize(question)}}}, {"from": "assistant", "value": "{{answer}}"}]}""");

    private static byte[] Picture(int width, int height) => PngEncoder.Encode(TestImages.Noise(width, height, 3, 1));
}
