using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Golden;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Language;

public class LanguageModelTests
{
    private const double Near = 1e-5;

    [Fact]
    public void Sequences_packed_into_a_row_give_what_they_give_alone_and_the_same_gradients()
    {
        using var scope = NewDisposeScope();
        using var model = SmallLanguageModel.Build();
        long[] lengths = [7, 1, 12, 5];
        const long Row = 28;                                                    // three places of padding
        var ids = lengths.Select((length, i) => SmallLanguageModel.Ids(1, length, i)).ToArray();
        var alone = ids.Select(each => model.Hidden(model.Embed(each))[0]).ToArray();
        Weigh(cat(alone)).backward();
        var expected = Gradients(model);
        model.zero_grad();

        var padding = Row - lengths.Sum();
        var row = cat([.. ids, zeros([1, padding], int64)], 1);
        var segments = cat([.. lengths.Select((length, i) => full([1, length], i, int64)), full([1, padding], -1, int64)], 1);
        var positions = cat([.. lengths.Select(length => arange(length).unsqueeze(0)), zeros([1, padding], int64)], 1);
        var packed = model.Hidden(model.Embed(row), new SequencePlaces(positions, segments))[0].narrow(0, 0, lengths.Sum());
        Weigh(packed).backward();

        Assert.InRange(GoldenFolder.MaxDifference(cat(alone), packed), 0, Near);
        foreach (var (name, gradient) in Gradients(model))
        {
            Assert.True(GoldenFolder.MaxDifference(expected[name], gradient) <= Near, name);
        }

        static Tensor Weigh(Tensor hidden) => (hidden * arange(hidden.shape[0] * 32).view(-1, 32).sin()).sum() / 100;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_cache_gives_what_the_whole_sequence_gives(int step)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = SmallLanguageModel.Build();
        var ids = SmallLanguageModel.Ids(2, 16);
        var whole = model.Hidden(model.Embed(ids));
        using var cache = new KeyValueCache(model.Options.Decoder, 2, 16, float32, CPU);
        for (var from = 0; from < 16; from += step)
        {
            var part = model.Hidden(model.Embed(ids.narrow(1, from, step)), cache: cache);
            Assert.InRange(GoldenFolder.MaxDifference(whole.narrow(1, from, step), part), 0, Near);
        }

        var full = Assert.Throws<UserErrorException>(() => model.Hidden(model.Embed(ids.narrow(1, 0, 1)), cache: cache));
        Assert.Contains("17 tokens are more than the 16", full.Message);
        Assert.Equal(KeyValueCache.BytesOf(model.Options.Decoder, 2, 16, sizeof(float)), cache.Bytes);
    }

    [Fact]
    public void Left_padding_changes_nothing_with_and_without_a_cache()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = SmallLanguageModel.Build();
        var (ids, padding) = (SmallLanguageModel.Ids(1, 9), 4);
        var alone = model.Hidden(model.Embed(ids));
        var padded = cat([zeros([1, padding], int64), ids], 1);
        var segments = cat([full([1, padding], -1, int64), zeros([1, 9], int64)], 1);
        var positions = cat([zeros([1, padding], int64), arange(9).unsqueeze(0)], 1);
        using var cache = new KeyValueCache(model.Options.Decoder, 1, 13, float32, CPU);
        var start = model.Hidden(model.Embed(padded.narrow(1, 0, 10)), Places(0, 10), cache);
        var end = cat([.. Enumerable.Range(10, 3).Select(Step)], 1);

        Assert.InRange(GoldenFolder.MaxDifference(alone, model.Hidden(model.Embed(padded), Places(0, 13)).narrow(1, padding, 9)), 0, Near);
        Assert.InRange(GoldenFolder.MaxDifference(alone, cat([start.narrow(1, padding, 6), end], 1)), 0, Near);

        Tensor Step(int at) => model.Hidden(model.Embed(padded.narrow(1, at, 1)), Places(at, 1), cache);

        SequencePlaces Places(long from, long count) => new(positions.narrow(1, from, count), segments.narrow(1, from, count));
    }

    [Fact]
    public void Blocks_computed_again_give_the_same_gradients_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        using var model = SmallLanguageModel.Build(SmallLanguageModel.Seeing);
        model.train();
        var (ids, images) = (SmallLanguageModel.Ids(2, 12), linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16));
        var kept = Run(0);
        var again = Run(1);
        Assert.Equal(kept.Keys, again.Keys);
        Assert.All(kept, entry => Assert.Equal(0, GoldenFolder.MaxDifference(entry.Value, again[entry.Key])));

        Dictionary<string, Tensor> Run(int every)
        {
            model.zero_grad();
            model.RecomputeEvery = every;
            var index = full([2, 12], -1, int64);
            index[0].narrow(0, 1, 4).copy_(arange(4));
            var segments = (arange(12) / 5).floor().to(int64).expand(2, -1);
            var hidden = model.Hidden(
                model.Embed(ids, model.EncodeImages(images).flatten(0, 1), index),
                new SequencePlaces(arange(12).expand(2, -1), segments));
            BackwardPass.Run(model.Logits(hidden).square().mean());
            return Gradients(model);
        }
    }

    [Theory]
    [InlineData(20, 28, 2, 6)]                                                   // 5 x 7 patches: windows overlap
    [InlineData(16, 16, 1, 16)]
    [InlineData(24, 16, 4, 1)]
    public void A_picture_takes_as_many_tokens_as_said(int height, int width, int ratio, int tokens)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var options = SmallLanguageModel.Seeing with { Projector = new ProjectorOptions { PoolingRatio = ratio } };
        using var model = SmallLanguageModel.Build(options);
        Assert.Equal(tokens, options.VisualTokens(height, width));
        Assert.Equal([2, tokens, 32], model.EncodeImages(zeros(2, 3, height, width)).shape);
    }

    [Fact]
    public void A_linear_projector_is_one_layer()
    {
        var options = SmallLanguageModel.Seeing with { Projector = new ProjectorOptions { Kind = ProjectorKind.Linear } };
        using var model = SmallLanguageModel.Build(options);
        Assert.Equal(
            ["vision_projector.projector.0.bias", "vision_projector.projector.0.weight"],
            model.state_dict().Keys.Where(name => name.StartsWith("vision_projector", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void Options_that_cannot_be_are_refused_in_one_line()
    {
        var decoder = SmallLanguageModel.Text.Decoder;
        Assert.Contains("key_value_heads", Refused(SmallLanguageModel.Text with { Decoder = decoder with { KeyValueHeads = 3 } }));
        Assert.Contains("head_dim", Refused(SmallLanguageModel.Text with { Decoder = decoder with { HeadDim = 7 } }));
        Assert.Contains("pooling: none", Refused(SmallLanguageModel.Text with { Vision = new VisionOptions() }));
        Assert.Contains(
            "no token left",
            Refused(SmallLanguageModel.Seeing with { Projector = new ProjectorOptions { PoolingRatio = 5 } }));

        static string Refused(LanguageModelOptions options) => Assert.Throws<UserErrorException>(() => options.Build()).Message;
    }

    private static Dictionary<string, Tensor> Gradients(LanguageModel model)
        => model.named_parameters().Where(entry => entry.parameter.grad is not null)
            .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone());
}
