using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class ClipModelTests : IDisposable
{
    private static readonly ClipOptions Tiny = new()
    {
        Vision = new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 8, OutputDim = 12 },
        Text = new TextOptions { Width = 16, Layers = 2, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
    };

    private readonly DisposeScope scope;

    public ClipModelTests()
    {
        TorchRuntime.Initialize();
        manual_seed(5);
        scope = NewDisposeScope();
    }

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Positions_after_the_last_end_token_do_not_change_a_text_feature()
    {
        using var model = new ClipModel(Tiny);
        var tokens = tensor(new long[] { 38, 5, 39, 0, 0, 0, 0, 0, 0, 0, 38, 6, 7, 8, 39, 0, 0, 0, 0, 0 }).view(2, 10);
        var difference = (model.EncodeText(tokens) - model.EncodeText(tokens, usedLength: 5)).abs().max().item<float>();
        Assert.True(difference < 1e-6, $"differs by {difference:g3}");
    }

    [Fact]
    public void A_text_feature_is_read_at_the_largest_id_and_not_at_the_last_one()
    {
        using var model = new ClipModel(Tiny);
        var longer = tensor(new long[] { 38, 5, 39, 7, 9, 4, 0, 0, 0, 0, 38, 5, 39, 0, 0, 0, 0, 0, 0, 0, 38, 5, 6, 0, 0, 0, 0, 0, 0, 0 })
            .view(3, 10);
        var features = model.EncodeText(longer);
        Assert.Equal(0, (features[0] - features[1]).abs().max().item<float>(), 1e-6f);

        // Without an end token the largest id is the start token, at the front: nothing after it counts.
        var start = model.EncodeText(tensor(new long[] { 38, 1, 2, 3, 4, 0, 0, 0, 0, 0 }).view(1, 10));
        Assert.Equal(0, (features[2] - start[0]).abs().max().item<float>(), 1e-6f);
    }

    [Fact]
    public void A_caption_longer_than_the_context_is_an_error_of_one_line()
    {
        using var model = new ClipModel(Tiny);
        var error = Assert.Throws<UserErrorException>(() => model.EncodeText(zeros(1, 11, dtype: int64)));
        Assert.Contains("10", error.Message);
    }

    [Fact]
    public void The_logit_scale_starts_at_one_over_seven_hundredths()
    {
        using var model = new ClipModel(Tiny);
        Assert.Equal(1 / 0.07, model.LogitScale.exp().item<float>(), 1e-4);
        Assert.Contains("logit_scale", model.state_dict().Keys);
    }

    [Fact]
    public void Both_towers_follow_a_change_of_dtype()
    {
        using var model = new ClipModel(Tiny);
        model.to(float64);
        var features = model.Forward(randn(2, 3, 8, 8, dtype: float64), randint(0, 40, [2, 10], dtype: int64));
        Assert.Equal([float64, float64, float64], new[] { features.Image.dtype, features.Text.dtype, features.LogitScale.dtype });
    }

    [Fact]
    public void Pixels_are_mapped_to_minus_one_to_one()
    {
        var pixels = tensor(new byte[] { 0, 51, 255 });
        Assert.Equal([-1f, -0.6f, 1f], Pixels.Normalize(pixels).data<float>().ToArray(), (left, right) => Math.Abs(left - right) < 1e-6);
        Assert.Equal(ScalarType.Byte, pixels.dtype);
    }

    [Fact]
    public void Towers_of_different_output_size_are_an_error_of_one_line()
    {
        var error = Assert.Throws<UserErrorException>(() => new ClipModel(Tiny with { Text = Tiny.Text with { OutputDim = 13 } }));
        Assert.Contains("13", error.Message);
    }
}
