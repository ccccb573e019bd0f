using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class PublishedProbeTests : IDisposable
{
    private static readonly ProbeOptions Published = new() { Protocol = ProbeProtocol.Published, Epochs = 30, Neighbors = [1, 5] };

    private readonly PictureSet set = new();

    public void Dispose() => set.Dispose();

    [Fact]
    public void Each_probe_learns_and_says_what_it_was_trained_with()
    {
        var layer = set.Probes([0], Published, ProbeTask.Knn, ProbeTask.Linear, ProbeTask.Attention).Run(default).Layers[0];

        Assert.True(layer.Metrics["linear_acc1"] > 0.6, $"linear {layer.Metrics["linear_acc1"]}");
        Assert.True(layer.Metrics["attention_acc1"] > 0.6, $"attention {layer.Metrics["attention_acc1"]}");
        Assert.Equal(Math.Max(layer.Metrics["knn_k1_acc1"], layer.Metrics["knn_k5_acc1"]), layer.Metrics["knn_acc1"]);
        Assert.Equal(["knn_k", "linear_learning_rate", "attention_learning_rate", "attention_weight_decay"], layer.Chosen.Keys);
        // 0.1 for every 512 images of a batch, of which there are 60
        Assert.Equal(0.1 * 60 / 512, layer.Chosen["linear_learning_rate"], 1e-12);
        Assert.Contains(layer.Chosen["attention_learning_rate"], new[] { 5e-5, 1e-4, 2e-4, 3e-4, 5e-4, 1e-3, 2e-3 });
        Assert.Contains(layer.Chosen["attention_weight_decay"], new[] { 0.05, 0.1 });
    }

    [Fact]
    public void A_layer_has_the_figures_that_it_has_alone()
    {
        var tasks = new[] { ProbeTask.Linear, ProbeTask.Attention };
        var sweep = set.Probes([0, 2], Published with { Epochs = 2 }, tasks).Run(default);
        Assert.Equal(set.Probes([2], Published with { Epochs = 2 }, tasks).Run(default).Layers[0].Metrics, sweep.Layers[1].Metrics);
    }

    [Fact]
    public void The_linear_probe_sees_the_class_token_beside_the_mean_of_the_patches()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var tokens = randn(2, 5, 24);
        var feature = ProbeFeatures.Vector(set.Tower, tokens, ProbeFeature.ClassTokenAndMean);
        Assert.Equal([2, 48], feature.shape);
        Assert.True((feature.narrow(1, 0, 24) - tokens.select(1, 0)).abs().max().ToDouble() == 0);
        Assert.True((feature.narrow(1, 24, 24) - tokens.narrow(1, 1, 4).mean([1])).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void The_attention_head_is_one_query_over_batch_normed_tokens()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        const int Width = 6, Heads = 2, HeadWidth = 3;
        var head = new PublishedAttentionHead(Width, Heads, 4);
        var parameters = head.state_dict();
        Assert.Equal(["query", "keys.weight", "values.weight", "classifier.weight"], head.named_parameters().Select(entry => entry.name));
        head.train();
        var tokens = randn(3, 5, Width);

        var scores = head.call(tokens);

        // In training each channel is normed over all tokens of the batch.
        var flat = tokens.view(15, Width);
        var normed = ((flat - flat.mean([0])) / (flat.var(0, unbiased: false) + 1e-6).sqrt()).view(3, 5, Width);
        var expected = zeros(3, Width);
        for (var h = 0; h < Heads; h++)
        {
            var keys = matmul(normed, parameters["keys.weight"].narrow(0, h * HeadWidth, HeadWidth).t());
            var values = matmul(normed, parameters["values.weight"].narrow(0, h * HeadWidth, HeadWidth).t());
            // [3, 5]
            var weights = (matmul(keys, parameters["query"].narrow(0, h * HeadWidth, HeadWidth)) / Math.Sqrt(HeadWidth)).softmax(1);
            expected.narrow(1, h * HeadWidth, HeadWidth).copy_((weights.unsqueeze(2) * values).sum(1));
        }

        Assert.True((scores - matmul(expected, parameters["classifier.weight"].t())).abs().max().ToDouble() < 1e-5);
    }

    [Theory]
    [InlineData(60, 1024, true, 1, 60)]
    [InlineData(2500, 1024, true, 2, 1024)]
    [InlineData(2500, 1024, false, 3, 1024)]
    public void A_smaller_last_batch_is_left_out_where_the_publication_leaves_it_out(
        int images,
        int batch,
        bool dropLast,
        int steps,
        int first)
    {
        var plan = new HeadTrainingPlan(10, batch, 3, dropLast);
        var batches = plan.Batches([.. Enumerable.Range(0, images)], epoch: 1).ToArray();
        Assert.Equal((steps, first, 10L * steps), (batches.Length, batches[0].Length, plan.Steps(images)));
        Assert.NotEqual(batches[0], plan.Batches([.. Enumerable.Range(0, images)], epoch: 2).First());
    }
}
