using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tests.Configuration;
using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Tests.Recipes;

/// <summary>Plans of whole models against what was measured.</summary>
public sealed class PlannedMemoryTests : IDisposable
{
    private static readonly PlannedDevice H100 = PlannedDevice.Find("h100");
    private readonly ConfigFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// docs/gpu.md: `pe bench step`, which has no optimiser and no mask regularisation. Libraries and gaps between tensors are in what was
    /// measured and not in the plan.
    /// </summary>
    [Theory]
    [InlineData("PE-Core-B16-224", 224, 256, 256, 0, 30.0)]
    [InlineData("PE-Core-L14-336", 336, 64, 64, 0, 43.4)]
    [InlineData("PE-Core-L14-336", 336, 256, 64, 0, 46.1)]
    [InlineData("PE-Core-L14-336", 336, 256, 64, 1, 12.7)]
    public void Memory_of_a_step_on_an_H100_is_foretold_within_a_sixth(
        string model, int resolution, int batch, int microBatch, int recomputeEvery, double measured)
    {
        var demand = Assert.Single(Load(model, resolution, batch, microBatch, recomputeEvery).Demands(1, H100));
        var memory = MemoryEstimate.Of(demand);
        Assert.InRange((memory.Total - memory.Moments) / 1e9 / measured, 5.0 / 6, 7.0 / 6);
    }

    /// <summary>docs/gpu.md: 191 and 152 pairs/s; 254 without micro-batches, at 30% of the peak.</summary>
    [Theory]
    [InlineData(64, 64, 0, 254)]
    [InlineData(256, 64, 0, 191)]
    [InlineData(256, 64, 1, 152)]
    public void Rates_on_an_H100_are_foretold_within_a_tenth(int batch, int microBatch, int recomputeEvery, double measured)
    {
        var config = Load("PE-Core-L14-336", 336, batch, microBatch, recomputeEvery);
        var stage = ClusterPlan.Of(config.Demands(1, H100), new Cluster { Ranks = 1, Device = H100 }).Stages[0];
        Assert.InRange(batch / (stage.Time.Step - stage.Time.Optimizer) / measured, 0.9, 1.1);
    }

    [Fact]
    public void Frozen_parts_have_no_gradients_no_moments_and_no_traffic()
    {
        var demand = Assert.Single(Load("PE-Core-B16-224", 224, 64, 16, 0, "freeze: {vision: true}\n").Demands(4, H100));
        var vision = ModelPresets.Find("PE-Core-B16-224").VisionAlone.ParameterCount;
        Assert.Equal(vision, demand.Parameters - demand.TrainedNumbers);
        Assert.Equal(4 * (demand.Parameters - vision), MemoryEstimate.Of(demand).Gradients);
        var whole = Assert.Single(Load("PE-Core-B16-224", 224, 64, 16, 0).Demands(4, H100));
        Assert.InRange(demand.Activations(16, 0) / whole.Activations(16, 0), 0.2, 0.4);         // the captions' alone
    }

    [Fact]
    public void Clips_keep_the_graph_of_the_frames_that_are_encoded_at_a_time()
    {
        double Activations(string more) => folder
            .With(ConfigFolder.Main, Text("PE-Core-S16-384", 384, 8, 4, 0) + "init: nowhere\n" + more)
            .Load<FinetuneVideoConfig>().Value.Demands(1, H100)[0].Activations(4, 0);
        Assert.Equal(Activations("frames: 8\nmicro_frames: 4\n"), Activations("frames: 1\n"));
        Assert.InRange(Activations("frames: 8\n") / Activations("frames: 1\n"), 6, 8);
    }

    [Fact]
    public void How_ranks_share_is_as_the_config_says()
    {
        const string Shared = "distributed: {shard_optimizer: true, bucket_bytes: 1000, reduce_dtype: bf16, local_loss: true}\n";
        var demand = Assert.Single(Load("PE-Core-B16-224", 224, 64, 16, 0, Shared).Demands(4, H100));
        Assert.Equal(
            (true, 1000L, 2, true), (demand.ShardsOptimizer, demand.BucketBytes, demand.ReducedBytes, demand.IsLossLocal));
        Assert.False(Assert.Single(Load("PE-Core-B16-224", 224, 64, 16, 0, Shared).Demands(1, H100)).ShardsOptimizer);
        Assert.Equal(25 << 20, Assert.Single(Load("PE-Core-B16-224", 224, 64, 16, 0).Demands(4, H100)).BucketBytes);
    }

    [Fact]
    public void A_batch_that_cannot_be_dealt_is_refused_as_in_training()
        => Assert.Contains(
            "cannot be dealt evenly to 7 ranks",
            Assert.Throws<UserErrorException>(() => Load("PE-Core-B16-224", 224, 64, 16, 0).Demands(7, H100)).Message,
            StringComparison.Ordinal);

    private PretrainConfig Load(string model, int resolution, int batch, int microBatch, int recomputeEvery, string more = "")
        => folder.With(
            ConfigFolder.Main,
            Text(model, resolution, batch, microBatch, recomputeEvery) + "regularization: {mask: null}\n" + more)
            .Load<PretrainConfig>().Value;

    private static string Text(string model, int resolution, int batch, int microBatch, int recomputeEvery) => $$"""
        run: {name: planned}
        model: {{model}}
        tokenizer: {context: 32}
        data: {train: [{shards: nowhere.tar}]}
        stages: [{resolution: {{resolution}}, steps: 1, batch: {{batch}}, micro_batch: {{microBatch}}}]
        memory: {recompute_every: {{recomputeEvery}}}

        """;
}
