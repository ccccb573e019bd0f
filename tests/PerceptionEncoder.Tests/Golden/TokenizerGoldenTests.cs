using System.Text.Json;
using PerceptionEncoder.Tests.Tokenization;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from the published Perception Encoder tokenizer.</summary>
public class TokenizerGoldenTests
{
    private const string ContextPrefix = "ids";

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("tokenizer*.json");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void The_vocabulary_has_the_published_size_and_special_ids(string name)
    {
        using var recording = Open(name);
        var tokenizer = PublishedVocabulary.Tokenizer();

        Assert.Equal(recording.RootElement.GetProperty("vocab_size").GetInt32(), tokenizer.VocabularySize);
        Assert.Equal(recording.RootElement.GetProperty("sot").GetInt32(), tokenizer.StartId);
        Assert.Equal(recording.RootElement.GetProperty("eot").GetInt32(), tokenizer.EndId);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_text_gets_the_published_ids(string name)
        => ForEachItem(name, (tokenizer, item) => Assert.Equal(Ids(item.GetProperty("encode")), tokenizer.Encode(Text(item))));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_list_of_ids_decodes_to_the_published_text(string name)
        => ForEachItem(
            name,
            (tokenizer, item) => Assert.Equal(item.GetProperty("decoded").GetString(), tokenizer.Decode(Ids(item.GetProperty("encode")))));

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Every_text_fills_each_recorded_context_as_published(string name)
    {
        var contexts = 0;
        ForEachItem(name, (tokenizer, item) =>
        {
            foreach (var recorded in item.EnumerateObject().Where(
                property => property.Name.StartsWith(ContextPrefix, StringComparison.Ordinal)))
            {
                contexts++;
                Assert.Equal(Ids(recorded.Value), tokenizer.EncodeToContext(Text(item), int.Parse(recorded.Name[ContextPrefix.Length..])));
            }
        });
        Assert.NotEqual(0, contexts);
    }

    private static void ForEachItem(string name, Action<PerceptionEncoder.Tokenization.ClipTokenizer, JsonElement> check)
    {
        using var recording = Open(name);
        var tokenizer = PublishedVocabulary.Tokenizer();
        var items = recording.RootElement.GetProperty("items");
        Assert.NotEqual(0, items.GetArrayLength());
        Assert.All(items.EnumerateArray(), item => check(tokenizer, item));
    }

    private static JsonDocument Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFolder.Path, name)));
    }

    private static string Text(JsonElement item) => item.GetProperty("text").GetString()!;

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];
}
