using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Tests.Training.Plans;

/// <summary>A plan of round figures against the same done by hand.</summary>
public sealed class ClusterPlanTests
{
    private static readonly PlannedDevice Device = new("round", NarrowFlops: 1000, Flops: 600, Memory: 100_000, MemoryRate: 1e6);

    private static readonly StageDemand Demand = new()
    {
        Stage = 0,
        Resolution = 32,
        Steps = 3600,
        Batch = 64,
        MicroBatch = 8,
        Ranks = 4,
        FlopsPerPair = 30,
        Parameters = 1000,
        Trained = [("a", 500), ("b", 250), ("c", 150)],
        EarlyNumbers = 450,
        Activations = (samples, recomputeEvery) => recomputeEvery == 1 ? 10 * samples : 100 * samples,
        WaitingBytes = 3,
        FeatureDimension = 2,
        LossTile = 5,
        IsNarrow = true,
        HasAverage = true,
        BucketBytes = 600,
    };

    [Fact]
    public void A_rank_holds_the_model_its_micro_batch_and_the_features_of_all()
    {
        var memory = MemoryEstimate.Of(Demand);
        Assert.Equal(4000, memory.Weights);
        Assert.Equal(2000, memory.NarrowCopies);
        Assert.Equal(3600, memory.Gradients);
        Assert.Equal(7200, memory.Moments);                     // two of 900 trained numbers
        Assert.Equal(4000, memory.Average);
        Assert.Equal(800, memory.Activations);
        Assert.Equal(48, memory.Waiting);                       // 16 samples of a rank
        Assert.Equal((4 * 2 * ((2 * 64) + (4 * 16))) + (3 * 25 * 4), memory.Features);           // texts and gradients of all; own
        Assert.Equal(1200, memory.Buckets);
        Assert.Equal(4000 + 2000 + 3600 + 7200 + 4000 + 800 + 48 + 1836 + 1200, memory.Total);
    }

    [Fact]
    public void One_rank_alone_that_encodes_at_once_has_no_buckets_and_nothing_waits()
    {
        var memory = MemoryEstimate.Of(Demand with { Ranks = 1, MicroBatch = 64, IsNarrow = false, HasAverage = false });
        Assert.Equal((0.0, 0.0, 0.0, 0.0), (memory.Buckets, memory.Waiting, memory.NarrowCopies, memory.Average));
    }

    [Theory]
    [InlineData(1, 900)]
    [InlineData(2, 500)]                    // 500 | 250 + 150
    [InlineData(3, 500)]
    [InlineData(64, 500)]                   // a tensor is not cut
    public void Sharded_moments_are_those_of_the_rank_that_has_the_largest_share(int ranks, long numbers)
    {
        Assert.Equal(numbers, TensorShares.Largest([("c", 150), ("a", 500), ("b", 250)], ranks));
        Assert.Equal(8 * numbers, MemoryEstimate.Of(Demand with { Ranks = ranks, ShardsOptimizer = true, Batch = 512 }).Moments);
    }

    [Fact]
    public void A_step_sends_gradients_twice_features_and_their_gradients_once_and_sharded_weights_again()
    {
        var traffic = StepTraffic.Of(Demand);
        Assert.Equal(2 * 3600 * 3 / 4, traffic.Gradients);
        Assert.Equal(512 * 3 / 4, traffic.Features);            // 64 texts of 2 numbers
        Assert.Equal(512 * 3 / 4, traffic.FeatureGradients);
        Assert.Equal(0, traffic.UpdatedWeights);
        Assert.Equal(5400 + 384 + 384, traffic.Total);
        var sharded = StepTraffic.Of(Demand with { ShardsOptimizer = true });
        Assert.Equal((2700.0, 2700.0), (sharded.Gradients, sharded.UpdatedWeights));
        Assert.Equal(2700, StepTraffic.Of(Demand with { ReducedBytes = 2 }).Gradients);
        var local = StepTraffic.Of(Demand with { IsLossLocal = true });
        Assert.Equal((768.0, 0.0), (local.Features, local.FeatureGradients));
        Assert.Equal(0, StepTraffic.Of(Demand with { Ranks = 1 }).Total);
    }

    [Fact]
    public void Time_is_what_is_computed_and_what_of_the_network_nothing_hides()
    {
        var stage = Assert.Single(Plan(Demand, networkRate: 5400).Stages);
        Assert.Equal(16 * 30 / 250.0 * 4 / 3, stage.Time.Towers, 1e-9);                          // encoded once more for the cache
        Assert.Equal(4 * 2 * 16 * 64 * 2 / 360.0, stage.Time.Loss, 1e-9);                        // 60% of the float32 rate
        Assert.Equal(6 * 28 * 900 / 1e6, stage.Time.Optimizer, 1e-9);
        Assert.Equal((5400 + 384 + 384) / 5400.0, stage.Time.Communication, 1e-9);

        // Gradients take a second, half of it for the blocks in three buckets: two of them begin before the end.
        Assert.Equal(0.5 * 2 / 3, stage.Time.Hidden, 1e-9);
        Assert.Equal(
            stage.Time.Towers + stage.Time.Loss + stage.Time.Optimizer + stage.Time.Communication - stage.Time.Hidden,
            stage.Time.Step,
            1e-9);
        Assert.Equal(stage.Time.Step, stage.Hours, 1e-9);                                       // 3,600 steps
        Assert.Equal(stage.Hours * 4 * 2.5, stage.Cost!.Value, 1e-9);
    }

    [Fact]
    public void No_more_is_hidden_than_the_last_micro_batchs_backward_pass_takes()
        => Assert.Equal(8 * 20 / 250.0, Assert.Single(Plan(Demand, networkRate: 540).Stages).Time.Hidden, 1e-9);

    [Fact]
    public void Recomputed_blocks_cost_a_forward_pass_and_their_share_of_it()
    {
        double Towers(int every) => Plan(Demand with { RecomputeEvery = every }, 5400).Stages[0].Time.Towers;
        Assert.Equal(5.0 / 4, Towers(1) / Towers(0), 1e-9);
        Assert.Equal(4.5 / 4, Towers(2) / Towers(0), 1e-9);
    }

    [Fact]
    public void A_measured_rate_takes_the_place_of_the_peak_and_is_that_of_the_last_stage()
    {
        var cluster = Of(networkRate: 1) with { PairsPerSecond = 10 };
        var plan = ClusterPlan.Of([Demand with { MicroBatch = 16, FlopsPerPair = 15 }, Demand with { MicroBatch = 16 }], cluster);
        Assert.Equal([0.8, 1.6], plan.Stages.Select(stage => stage.Time.Towers));
    }

    [Fact]
    public void A_device_whose_rate_is_not_known_asks_for_a_measured_one()
    {
        var failure = Assert.Throws<UserErrorException>(
            () => ClusterPlan.Of([Demand], Of(1) with { Device = PlannedDevice.Find("cpu") }));
        Assert.Contains("--pairs-per-second", failure.Message, StringComparison.Ordinal);
        Assert.Contains("h100", Assert.Throws<UserErrorException>(() => PlannedDevice.Find("tpu")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_told_what_to_set_the_cheapest_first()
    {
        // 24,684, of which the moments are 7,200 and the activations 800.
        Assert.Null(Remedy(memory: 30_000));
        Assert.Equal("set distributed.shard_optimizer: true: 21.5 kB", Remedy(memory: 24_500));
        Assert.Equal(
            "set distributed.shard_optimizer: true, memory.recompute_every: 1: 20.8 kB",
            Remedy(memory: 23_200));
        Assert.StartsWith("no setting makes it fit", Remedy(memory: 20_000), StringComparison.Ordinal);
        Assert.Equal(
            "set stages[0].micro_batch: 32: 37.4 kB",
            Remedy(memory: 43_000, Demand with { Batch = 256, MicroBatch = 64, Ranks = 1, Trained = [("a", 900)] }));

        static string? Remedy(double memory, StageDemand? demand = null)
            => ClusterPlan.Of([demand ?? Demand], Of(1) with { Device = Device with { Memory = memory } }).Stages[0].Remedy;
    }

    [Fact]
    public void Several_worlds_are_a_table_with_a_row_for_each()
    {
        string[] lines = [.. ClusterPlanText.Table([Plan(Demand, 1e9), Plan(Demand with { Ranks = 8 }, 1e9)])];
        Assert.Equal(7, lines.Length);
        Assert.StartsWith("       4            16", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("       8             8", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_calls_samples_by_their_name_and_its_columns_stay_below_their_heads()
    {
        foreach (var sample in new[] { "pair", "dialogue" })
        {
            string[] lines = [.. ClusterPlanText.Table([Plan(Demand with { Sample = sample, FeatureDimension = 0 }, 1e9)])];
            Assert.Contains($"  {sample}s a rank  towers ", lines[2], StringComparison.Ordinal);
            Assert.Contains($" {sample}s/s ", lines[2], StringComparison.Ordinal);
            var end = lines[2].IndexOf($"{sample}s a rank", StringComparison.Ordinal) + $"{sample}s a rank".Length;
            Assert.Equal("16", lines[3][(end - 2)..end]);
            Assert.Matches("^[0-9.]+ kB", lines[3][lines[2].IndexOf("memory", StringComparison.Ordinal)..]);
        }
    }

    private static ClusterPlan Plan(StageDemand demand, double networkRate)
        => ClusterPlan.Of([demand], Of(networkRate) with { Ranks = demand.Ranks });

    private static Cluster Of(double networkRate) => new()
    {
        Ranks = 4, Device = Device, NetworkRate = networkRate, Utilization = 0.25, CostPerHour = 2.5,
    };
}
