using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class VisionTransformerTests : IDisposable
{
    private static readonly VisionOptions Tiny =
        new() { Width = 24, Layers = 3, Heads = 3, PoolingHeads = 2, PatchSize = 4, ImageSize = 16, OutputDim = 10 };

    private readonly DisposeScope scope;

    public VisionTransformerTests()
    {
        TorchRuntime.Initialize();
        manual_seed(5);
        scope = NewDisposeScope();
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Patches_left_out_in_training_keep_the_positions_of_the_others()
    {
        // With one kept patch and no class token, the feature is that of some single patch at its own place.
        var options = Tiny with { UseClassToken = false, Pooling = Pooling.Average, PatchDropout = 15.0 / 16 };
        using var model = new VisionTransformer(options);
        model.eval();
        var image = rand(1, 3, 16, 16);
        Assert.Equal(16, model.ForwardFeatures(image).shape[1]);
        model.train();
        Assert.Equal([1, 1, 24], model.ForwardFeatures(image).shape);
        using var single = new VisionTransformer(options with { Layers = 1, PatchDropout = 0.5 });
        single.train();
        Assert.Equal([2, 8, 24], single.ForwardFeatures(rand(2, 3, 16, 16)).shape);
    }

    [Fact]
    public void Positions_kept_at_a_larger_grid_are_resampled_in_each_pass_and_learn_through_it()
    {
        // The published rule for other grids: bilinear, corners not aligned, the class token's own left alone.
        using var model = new VisionTransformer(Tiny with { PositionsSize = 32 });
        var learned = model.named_parameters().Single(entry => entry.name == "positional_embedding").parameter;
        Assert.Equal([65, 24], learned.shape);
        using var resampled = Eval(Tiny);
        foreach (var (name, tensor) in resampled.state_dict())
        {
            using var noGradient = no_grad();
            var grid = learned.narrow(0, 1, 64).view(1, 8, 8, 24).permute(0, 3, 1, 2);
            var half = nn.functional.interpolate(grid, [4, 4], mode: InterpolationMode.Bilinear, align_corners: false)
                .permute(0, 2, 3, 1)
                .reshape(-1, 24);
            tensor.copy_(name == "positional_embedding" ? cat([learned.narrow(0, 0, 1), half]) : model.state_dict()[name]);
        }

        var image = rand(2, 3, 16, 16);
        Assert.True(model.forward(image).allclose(resampled.forward(image), 1e-5, 1e-6));
        model.forward(image).sum().backward();
        Assert.NotEqual(0, learned.grad!.narrow(0, 1, 64).abs().sum(1).count_nonzero().item<long>());
    }

    [Fact]
    public void Leaving_out_patches_is_hiding_them_from_attention()
    {
        // All patches equal and no positions: which are left out cannot matter.
        using var model = new VisionTransformer(Tiny with { UseRope2D = false, UseAbsolutePositions = false, PatchDropout = 0.5 });
        var image = full([1, 3, 16, 16], 0.3f);
        model.train();
        var some = model.forward(image);
        model.eval();
        var every = model.forward(image);
        Assert.False(some.allclose(every, 0, 1e-7));         // the class token sees half as many
        model.train();
        Assert.True(model.forward(image).allclose(some, 1e-5, 1e-6));
    }

    [Fact]
    public void Without_any_positions_the_order_of_patches_does_not_matter()
    {
        using var model = Eval(Tiny with { UseRope2D = false, UseAbsolutePositions = false });
        Assert.True(Difference(model.forward(Halves(swap: false)), model.forward(Halves(swap: true))) < 1e-5);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Either_kind_of_positions_makes_the_order_of_patches_matter(bool rope, bool absolute)
    {
        using var model = Eval(Tiny with { UseRope2D = rope, UseAbsolutePositions = absolute });
        Assert.True(Difference(model.forward(Halves(swap: false)), model.forward(Halves(swap: true))) > 1e-4);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(8, 24)]
    [InlineData(13, 22)]
    [InlineData(4, 4)]
    public void Any_input_of_at_least_a_patch_gives_one_feature(int height, int width)
    {
        using var model = Eval(Tiny);
        var images = randn(2, 3, height, width);
        Assert.Equal([2, 10], model.forward(images).shape);
        Assert.Equal([2, 1 + (height / 4 * (width / 4)), 24], model.ForwardFeatures(images).shape);
    }

    [Fact]
    public void The_remainder_of_a_patch_is_not_looked_at()
    {
        using var model = Eval(Tiny);
        var images = randn(1, 3, 13, 22);
        Assert.Equal(0, Difference(model.forward(images), model.forward(images.narrow(2, 0, 12).narrow(3, 0, 20))));
    }

    [Fact]
    public void An_image_smaller_than_a_patch_is_an_error_of_one_line()
    {
        using var model = Eval(Tiny);
        var error = Assert.Throws<UserErrorException>(() => model.forward(randn(1, 3, 3, 16)));
        Assert.Contains("16x3", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Truncating_equals_stopping_early_and_shortens_the_state_dict()
    {
        using var model = Eval(Tiny);
        var images = randn(2, 3, 16, 16);
        var expected = model.Encode(images, layerIndex: 1);
        model.Truncate(1);
        Assert.Equal(0, Difference(expected, model.forward(images)));
        Assert.Equal(2, model.Options.Layers);
        Assert.DoesNotContain(model.state_dict().Keys, name => name.Contains("resblocks.2"));
        Assert.Throws<UserErrorException>(() => model.ForwardFeatures(images, layerIndex: 2));
    }

    [Fact]
    public void Results_do_not_depend_on_whether_gradients_are_recorded()
    {
        using var model = Eval(Tiny with { LayerScale = 0.1 });
        var images = randn(2, 3, 16, 16);
        var recorded = model.forward(images);
        using var noGrad = no_grad();
        Assert.True(Difference(recorded, model.forward(images)) < 1e-6);
    }

    [Fact]
    public void A_seed_fixes_the_weights()
    {
        manual_seed(1);
        using var first = Eval(Tiny);
        manual_seed(1);
        using var second = Eval(Tiny);
        foreach (var (left, right) in first.state_dict().Values.Zip(second.state_dict().Values))
        {
            Assert.Equal(0, Difference(left, right));
        }
    }

    [Fact]
    public void Weights_survive_the_scope_they_are_made_in_and_follow_a_change_of_dtype()
    {
        VisionTransformer model;
        using (NewDisposeScope())
        {
            model = Eval(Tiny);
        }

        using (model)
        {
            model.to(float64);
            Assert.All(model.state_dict().Values, parameter => Assert.Equal(float64, parameter.dtype));
            Assert.Equal(float64, model.forward(randn(1, 3, 16, 16, dtype: float64)).dtype);
        }
    }

    [Fact]
    public void A_forward_and_backward_leaves_no_tensor_behind()
    {
        using var model = Eval(Tiny);
        var images = randn(2, 3, 16, 16);
        Step();
        var before = LiveTensors.Count();
        Step();
        Assert.True(Tensor.TotalCount <= before, "tensors are left behind");   // the collector may take others meanwhile

        void Step()
        {
            using var step = NewDisposeScope();
            model.forward(images).sum().backward();
        }
    }

    [Theory]
    [InlineData(25, 8, "heads")]
    [InlineData(24, 7, "pooling_heads")]
    public void Widths_that_heads_do_not_divide_are_an_error_of_one_line(int width, int poolingHeads, string named)
    {
        var error = Assert.Throws<UserErrorException>(
            () => new VisionTransformer(Tiny with { Width = width, PoolingHeads = poolingHeads }));
        Assert.Contains(named, error.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_pass_shows_the_tokens_that_each_layer_alone_would_give(bool classToken)
    {
        using var model = Eval(Tiny with { UseClassToken = classToken });
        var images = rand(2, 3, 16, 16);
        var seen = new List<int>();
        using var noGradient = no_grad();
        model.ForwardLayers(images, (layer, tokens) =>
        {
            seen.Add(layer);
            Assert.Equal(0, Difference(model.ForwardFeatures(images, layer), tokens));
            Assert.Equal(0, Difference(model.ForwardFeatures(images, layer, norm: true), model.FinalNorm(tokens)));
            Assert.Equal(0, Difference(model.Encode(images, layer), model.Pool(model.FinalNorm(tokens))));
        });
        Assert.Equal([0, 1, 2], seen);
        seen.Clear();
        model.ForwardLayers(images, (layer, _) => seen.Add(layer), layerIndex: -2);
        Assert.Equal([0, 1], seen);
    }

    [Fact]
    public void Attention_weights_of_a_layer_are_shares()
    {
        using var model = Eval(Tiny);
        var image = rand(2, 3, 16, 16);
        using var noGradient = no_grad();
        var weights = model.AttentionWeights(image, 1);
        Assert.Equal([2, 3, 17, 17], weights.shape);
        Assert.True((weights.sum(-1) - 1).abs().max().item<float>() < 1e-5);
        Assert.Equal(0, Difference(weights, model.AttentionWeights(image, -2)));
        Assert.True(Difference(weights, model.AttentionWeights(image, 0)) > 1e-3);
    }

    private static VisionTransformer Eval(VisionOptions options)
    {
        var model = new VisionTransformer(options);
        model.eval();
        return model;
    }

    /// <summary>One image of two halves, and the same with the halves swapped.</summary>
    private static Tensor Halves(bool swap)
    {
        using var generator = new Generator(3);
        var (left, right) = (randn([1, 3, 16, 8], generator: generator), randn([1, 3, 16, 8], generator: generator));
        return swap ? cat([right, left], 3) : cat([left, right], 3);
    }

    private static double Difference(Tensor left, Tensor right)
        => (left.detach().to(float64) - right.detach().to(float64)).abs().max().item<double>();
}
