using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

/// <summary>What is allowed in a config, and most likely not meant.</summary>
public sealed class TrainingWarningsTests
{
    [Theory]
    [InlineData("pretrain", "cifar10")]
    [InlineData("pretrain", "demo")]
    [InlineData("pretrain", "pe-core-b16")]
    [InlineData("pretrain", "pe-core-g14")]
    public void What_is_shipped_for_pretraining_warns_of_nothing(string folder, string name)
        => Assert.Empty(Of<PretrainConfig>(folder, name));

    [Theory]
    [InlineData("clips")]
    [InlineData("pe-core-l14")]
    public void What_is_shipped_for_video_warns_of_nothing(string name) => Assert.Empty(Of<FinetuneVideoConfig>("finetune-video", name));

    [Theory]
    [InlineData("cifar10")]
    [InlineData("pe-core-b16")]
    public void What_is_shipped_for_distillation_warns_of_nothing(string name) => Assert.Empty(Of<DistillConfig>("distill", name));

    [Theory]
    [InlineData("schedule.warmup_steps=3000", "schedule.warmup_steps", "3000 steps of warm-up in a run of 2931: ")]
    [InlineData("stages[1].resolution=25", "stages[1].resolution", "Take 24 or 28")]
    [InlineData("optimizer.learning_rate=2e2", "optimizer.learning_rate", "2e2 is far from the 2e-3 of Tab. 18")]
    [InlineData("optimizer.learning_rate=1e-9", "optimizer.learning_rate", "1e-9 is far from the 2e-3")]
    public void What_is_most_likely_not_meant_is_named_by_its_key(string set, string key, string says)
    {
        var (named, warning) = Assert.Single(Of<PretrainConfig>("pretrain", "cifar10", set));
        Assert.Equal(key, named);
        Assert.Contains(says, warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cooldown_has_a_rate_of_its_own_and_needs_no_warm_up()
        => Assert.Empty(Of<PretrainConfig>(
            "pretrain",
            "cifar10",
            "stages=[{resolution: 32, steps: 3, batch: 128, cooldown_rate: 1e-4}]"));

    [Fact]
    public void Published_models_are_finetuned_at_a_ten_thousandth_of_the_rate_they_were_trained_with()
        => Assert.Contains(
            "1e-6 of Tab. 19",
            Assert.Single(Of<FinetuneVideoConfig>("finetune-video", "pe-core-l14", "optimizer.learning_rate=2e-3")).Warning);

    private static IReadOnlyList<(string Key, string Warning)> Of<T>(string folder, string name, params string[] set)
        where T : TrainingConfig
        => [.. ConfigLoader.Load<T>(Path.Combine(RepositoryPaths.Root, "configs", folder, $"{name}.yaml"), set).Value.Warnings()];
}
