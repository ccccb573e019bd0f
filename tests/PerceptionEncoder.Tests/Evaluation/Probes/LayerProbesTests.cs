using PerceptionEncoder.Evaluation.Probes;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class LayerProbesTests : IDisposable
{
    private static readonly ProbeTask[] All = [ProbeTask.Knn, ProbeTask.Linear, ProbeTask.Attention, ProbeTask.Zeroshot];

    private readonly PictureSet set = new();

    public void Dispose() => set.Dispose();

    [Fact]
    public void A_sweep_gives_each_layer_the_figures_that_it_has_alone()
    {
        var sweep = set.Probes([0, 1, 2], All).Run(default);
        foreach (var layer in sweep.Layers)
        {
            var alone = set.Probes([layer.Layer], All).Run(default).Layers[0];
            Assert.Equal(alone.Metrics, layer.Metrics);
            Assert.Equal(alone.Chosen, layer.Chosen);
        }

        Assert.Equal(
            ["knn_acc1", "linear_acc1", "attention_acc1", "zeroshot_acc1"],
            sweep.Layers[0].Metrics.Keys.Where(name => name.EndsWith("acc1", StringComparison.Ordinal)));
        Assert.NotEqual(sweep.Layers[0].Metrics["zeroshot_acc1"], sweep.Layers[2].Metrics["zeroshot_acc1"]);
    }

    [Fact]
    public void Probes_learn_what_is_in_the_features()
    {
        var result = set.Probes([0], ProbeTask.Knn, ProbeTask.Linear, ProbeTask.Attention).Run(default);
        var metrics = result.Layers[0].Metrics;
        Assert.True(metrics["linear_acc1"] > 0.9, $"linear {metrics["linear_acc1"]}");
        Assert.True(metrics["attention_acc1"] > 0.8, $"attention {metrics["attention_acc1"]}");
        Assert.True(metrics["knn_acc1"] > 0.6, $"knn {metrics["knn_acc1"]}");
    }

    [Fact]
    public void Unreadable_images_are_named_counted_and_left_out_and_kept_features_go()
    {
        var result = set.Probes([1], ProbeTask.Linear).Run(default);
        Assert.Equal((30, 0, 60, 1), (result.Samples, result.Unreadable, result.TrainSamples, result.TrainUnreadable));
        Assert.Contains("s999999", Assert.Single(set.Log), StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(set.Root, "pe-features-*"));
    }

    [Fact]
    public void Only_the_images_of_the_shots_and_their_held_out_part_are_encoded()
    {
        // The cut picture may be among those drawn of its class.
        var result = set.Probes([1], new ProbeOptions { Shots = 2 }, ProbeTask.Knn, ProbeTask.Linear).Run(default);
        Assert.Equal(3 * (2 + 2), result.TrainSamples + result.TrainUnreadable);
        var again = set.Probes([1], new ProbeOptions { Shots = 2 }, ProbeTask.Knn, ProbeTask.Linear).Run(default);
        Assert.Equal(result.Layers[0].Metrics, again.Layers[0].Metrics);
    }

    [Fact]
    public void Shards_anywhere_with_labels_in_json_train_the_same_probe()
    {
        var ofFolder = set.Probes([2], ProbeTask.Linear);
        var ofShards = new LayerProbes
        {
            Vision = ofFolder.Vision,
            Device = ofFolder.Device,
            Set = ofFolder.Set with { Train = Path.Combine(set.Root, "train", "{0..0}.tar"), LabelKey = "class_index" },
            Layers = ofFolder.Layers,
            Tasks = ofFolder.Tasks,
            Options = ofFolder.Options,
            Work = set.Work,
        };
        Assert.Equal(ofFolder.Run(default).Layers[0].Metrics, ofShards.Run(default).Layers[0].Metrics);
    }

    [Fact]
    public void As_an_evaluator_it_names_its_figures_by_layer_and_gives_those_it_names()
    {
        var evaluator = set.Probes(
            [0, 2],
            new ProbeOptions { Protocol = ProbeProtocol.Published, Epochs = 1, Neighbors = [1, 5] },
            ProbeTask.Knn,
            ProbeTask.Linear,
            ProbeTask.Zeroshot);
        var result = evaluator.Evaluate(default);
        Assert.Equal(evaluator.Metrics, result.Metrics.Keys);
        Assert.Contains("layer_2_knn_k5_acc1", evaluator.Metrics);
        Assert.Equal(("casts", "layers", 30), (result.Dataset, result.Task, result.Samples));
    }

    [Fact]
    public void Nothing_stays_in_memory()
    {
        // Not the attention probe: libtorch's wrapper counts a tensor that became a parameter twice.
        var probes = set.Probes([0, 1], ProbeTask.Knn, ProbeTask.Linear, ProbeTask.Zeroshot);
        probes.Run(default);
        var before = LiveTensors.Count();
        probes.Run(default);
        Assert.Equal(before, LiveTensors.Count());
    }

    [Fact]
    public void What_the_tower_cannot_give_is_an_error()
    {
        var probes = set.Probes([0], ProbeTask.Zeroshot);
        var without = new LayerProbes
        {
            Vision = probes.Vision,
            Device = probes.Device,
            Set = probes.Set,
            Layers = [0],
            Tasks = [ProbeTask.Zeroshot],
            Work = set.Work,
        };
        Assert.Contains("text tower", Assert.Throws<UserErrorException>(() => without.Run(default)).Message, StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => set.Probes([], ProbeTask.Knn).Run(default));
    }
}
