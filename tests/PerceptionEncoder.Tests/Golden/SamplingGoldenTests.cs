using System.Text.Json;
using PerceptionEncoder.Inference;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Choice of tokens and batches of prompts against facebookresearch/perception_models, apps/plm/generate.py.</summary>
public class SamplingGoldenTests
{
    private const double Rounding = 1e-6;                                        // recorded with seven digits

    public static TheoryData<string> Files => GoldenFolder.Cases("sampling*.json");

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Tokens_are_drawn_by_the_recorded_probabilities(string name)
    {
        foreach (var item in Read(name).GetProperty("items").EnumerateArray())
        {
            float[] logits = [.. item.GetProperty("logits").EnumerateArray().Select(each => each.GetSingle())];
            var options = new GenerationOptions
            {
                Temperature = item.GetProperty("temperature").GetDouble(),
                TopP = item.GetProperty("top_p") is { ValueKind: JsonValueKind.Number } p ? p.GetDouble() : null,
                TopK = item.GetProperty("top_k") is { ValueKind: JsonValueKind.Number } k ? k.GetInt32() : null,
            };
            if (item.TryGetProperty("token", out var token))
            {
                Assert.Equal(token.GetInt32(), TokenSampler.Best(logits));
                continue;
            }

            var probabilities = TokenSampler.Probabilities(logits, options);
            var expected = item.GetProperty("probabilities").EnumerateArray().Select(each => each.GetDouble()).ToArray();
            Assert.Equal(item.GetProperty("kept").GetInt32(), probabilities.Count(probability => probability > 0));
            Assert.All(expected.Zip(probabilities), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Rounding));
            Assert.InRange(probabilities[TokenSampler.Draw(logits, options, 0)], double.Epsilon, 1);
            Assert.InRange(probabilities[TokenSampler.Draw(logits, options, 1 - 1e-16)], double.Epsilon, 1);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void Prompts_go_together_as_recorded(string name)
    {
        foreach (var item in Read(name).GetProperty("batches").EnumerateArray())
        {
            var batches = PromptBatches.ByTokens(Numbers(item.GetProperty("lengths")), item.GetProperty("limit").GetInt32());
            Assert.Equal(item.GetProperty("batches").EnumerateArray().Select(Numbers), batches);
        }
    }

    private static int[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(each => each.GetInt32())];

    private static JsonElement Read(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }
}
