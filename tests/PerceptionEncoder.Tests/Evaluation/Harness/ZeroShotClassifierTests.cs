using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public class ZeroShotClassifierTests
{
    private static readonly string[] Names = ["cat", "a dog", "café"];
    private static readonly string[] Templates = ["a photo of {c}.", "{c}", "{c} or {c}", "the {c} in a picture", "no {c}"];

    public ZeroShotClassifierTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(11)]
    [InlineData(100)]
    public void Weights_do_not_depend_on_the_chunk_and_no_call_exceeds_it(int chunk)
    {
        using var scope = NewDisposeScope();
        var expected = ZeroShotClassifier.Weights(
            stack(Names.Select(name => Embed([.. Templates.Select(template => ZeroShotClassifier.Prompt(template, name))]))));

        var calls = new List<int>();
        var weights = ZeroShotClassifier.Weights(
            Names,
            Templates,
            prompts => { calls.Add(prompts.Count); return Embed(prompts); },
            chunk,
            default);

        Assert.Equal([4, 3], weights.shape);
        Assert.InRange((expected - weights).abs().max().item<float>(), 0, 1e-6);
        Assert.InRange(calls.Max(), 1, chunk);
        Assert.Equal(Names.Length * Templates.Length, calls.Sum());
    }

    [Fact]
    public void Every_placeholder_of_a_template_takes_the_class_name()
        => Assert.Equal("cat or cat", ZeroShotClassifier.Prompt("{c} or {c}", "cat"));

    /// <summary>Some deterministic feature of a text: [n, 4].</summary>
    private static Tensor Embed(IReadOnlyList<string> texts)
        => stack(texts.Select(text => tensor(new float[] { text.Length, text.Count(c => c == 'a') + 1, text[0], text[^1] })));
}
