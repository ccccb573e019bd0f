using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Tests.Tools.Benchmark;

public class GenerationBenchmarkTests
{
    [Fact]
    public void Shares_are_of_the_machines_limits_and_the_cache_is_what_the_formula_says()
    {
        var result = GenerationBenchmark.Run(new GenerationBenchmarkOptions
        {
            Decoder = SmallLanguageModel.Text.Decoder,
            PromptTokens = 12,
            NewTokens = 4,
            Train = true,
            Precision = Precision.Fp32,
        });
        Assert.Equal(result.CacheFormulaBytes, result.CacheBytes);
        Assert.InRange(result.MemoryShare, double.Epsilon, 1);
        Assert.InRange(result.PrefillShare, double.Epsilon, 1);
        Assert.InRange(result.TrainShare!.Value, double.Epsilon, 1);
        Assert.Equal(new LanguageArchitecture(SmallLanguageModel.Text).ParameterCount, result.Parameters);
    }

    [Fact]
    public void The_same_dialogues_are_measured_packed_and_padded()
    {
        var options = new GenerationBenchmarkOptions
        {
            Decoder = SmallLanguageModel.Text.Decoder,
            Batch = 12,
            PromptTokens = 48,
            NewTokens = 1,
            Train = true,
            Precision = Precision.Fp32,
        };
        var (result, again) = (GenerationBenchmark.Run(options).Packing!, GenerationBenchmark.Run(options).Packing!);
        Assert.Equal(12, result.Dialogues);
        Assert.InRange(result.ShortestTokens, 6, result.LongestTokens - 1);
        Assert.InRange(result.LongestTokens, 7, 48);
        Assert.InRange(result.PackedPadding, 0, result.PaddedPadding / 2);
        Assert.InRange(result.AnswerTokens, 12, 12 * 48 / 2);
        Assert.True(result.PackedAnswerTokensPerSecond > 0 && result.PaddedAnswerTokensPerSecond > 0);
        Assert.Equal((result.AnswerTokens, result.PackedPadding), (again.AnswerTokens, again.PackedPadding));
        Assert.Null(GenerationBenchmark.Run(options with { Train = false }).Packing);
        Assert.Null(GenerationBenchmark.Run(options with { Batch = 1 }).Packing);
    }

    [Fact]
    public void Counts_below_one_are_refused()
        => Assert.Throws<UserErrorException>(() => GenerationBenchmark.Run(new GenerationBenchmarkOptions { NewTokens = 0 }));
}
