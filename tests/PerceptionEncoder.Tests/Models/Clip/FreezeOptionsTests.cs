using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class FreezeOptionsTests : IDisposable
{
    private readonly ClipModel model;

    public FreezeOptionsTests()
    {
        TorchRuntime.Initialize();
        model = new ClipModel(new ClipOptions
        {
            Vision =
                new VisionOptions { ImageSize = 16, PatchSize = 8, Width = 16, Layers = 3, Heads = 2, PoolingHeads = 2, OutputDim = 8 },
            Text = new TextOptions { ContextLength = 8, VocabularySize = 20, Width = 16, Layers = 2, Heads = 2, OutputDim = 8 },
        });
    }

    private IEnumerable<string> Trained
        => model.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name);

    [Fact]
    public void Nothing_is_frozen_by_default()
    {
        new FreezeOptions().Apply(model);
        Assert.Equal(model.named_parameters().Count(), Trained.Count());
    }

    [Fact]
    public void A_frozen_text_tower_leaves_the_vision_tower_and_the_logit_scale()
    {
        new FreezeOptions { Text = true }.Apply(model);
        Assert.All(Trained, name => Assert.True(name == "logit_scale" || name.StartsWith("visual.", StringComparison.Ordinal), name));
        Assert.Contains("logit_scale", Trained);
        Assert.Contains("visual.conv1.weight", Trained);
    }

    [Fact]
    public void The_first_layers_of_a_tower_come_with_its_embeddings()
    {
        new FreezeOptions { VisionLayers = 2 }.Apply(model);
        var vision = Trained.Where(name => name.StartsWith("visual.", StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(vision, name => name.StartsWith("visual.conv1", StringComparison.Ordinal)
            || name is "visual.class_embedding" or "visual.positional_embedding" or "visual.ln_pre.weight");
        Assert.DoesNotContain(
            vision,
            name => name.Contains("resblocks.0.", StringComparison.Ordinal) || name.Contains("resblocks.1.", StringComparison.Ordinal));
        Assert.Contains("visual.transformer.resblocks.2.ln_1.weight", vision);
        Assert.Contains("visual.proj", vision);
        Assert.Contains("token_embedding.weight", Trained);
    }

    [Fact]
    public void Names_may_have_wildcards()
    {
        new FreezeOptions { Names = ["visual.*.ln_1.*", "logit_scale"] }.Apply(model);
        Assert.DoesNotContain("visual.transformer.resblocks.0.ln_1.bias", Trained);
        Assert.DoesNotContain("logit_scale", Trained);
        Assert.Contains("transformer.resblocks.0.ln_1.bias", Trained);
    }

    [Fact]
    public void A_name_that_fits_nothing_and_a_model_without_anything_to_train_are_errors()
    {
        Assert.Contains(
            "visaul.*",
            Assert.Throws<UserErrorException>(() => new FreezeOptions { Names = ["visaul.*"] }.Apply(model)).Message,
            StringComparison.Ordinal);
        Assert.Throws<UserErrorException>(() => new FreezeOptions { Names = ["*"] }.Apply(model));
        Assert.Single(new FreezeOptions { Vision = true, Text = true }.Problems());
    }

    [Theory]
    [InlineData("visual.conv1.weight", 0, 4)]
    [InlineData("visual.positional_embedding", 0, 4)]
    [InlineData("visual.transformer.resblocks.0.attn.in_proj_weight", 1, 3)]
    [InlineData("visual.transformer.resblocks.2.mlp.c_fc.bias", 3, 1)]
    [InlineData("visual.attn_pool.probe", 4, 0)]
    [InlineData("token_embedding.weight", 0, 3)]
    [InlineData("transformer.resblocks.1.ln_2.weight", 2, 1)]
    [InlineData("text_projection", 3, 0)]
    [InlineData("logit_scale", 3, 0)]
    public void Depth_counts_the_blocks_below_a_parameter(string name, int depth, int fromTop)
    {
        var place = LayerDepth.Of(name, new ClipArchitecture(model.Options));
        Assert.Equal((depth, fromTop), (place.Depth, place.FromTop));
    }

    public void Dispose() => model.Dispose();
}
