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
    public void Counts_below_one_are_refused()
        => Assert.Throws<UserErrorException>(() => GenerationBenchmark.Run(new GenerationBenchmarkOptions { NewTokens = 0 }));
}
