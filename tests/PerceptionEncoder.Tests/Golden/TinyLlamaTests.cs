using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tools.Checkpoints;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>A trained decoder against llama2.c (karpathy), run.c and model.py.</summary>
public sealed class TinyLlamaTests : IDisposable
{
    private const double Tolerance = 2e-4;

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string> Forms => new(TinyLlama.Forms);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Forms))]
    public void It_tells_the_recorded_stories_with_the_recorded_likelihoods(string form)
    {
        var recorded = TinyLlama.Recorded();
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = TinyLlama.Load(form);
        foreach (var story in recorded.GetProperty("continuations").EnumerateArray())
        {
            var (prompt, told) = (TinyLlama.Ids(story.GetProperty("prompt_ids")), TinyLlama.Ids(story.GetProperty("greedy_ids")));
            var all = tensor([.. prompt, .. told]).unsqueeze(0);
            var logits = model.Logits(model.Hidden(model.Embed(all)))[0];
            Assert.Equal(told, logits.narrow(0, prompt.Length - 1, told.Length).argmax(-1).data<long>().ToArray());

            var likelihood = nn.functional.cross_entropy(logits[..^1], all[0][1..], reduction: nn.Reduction.None);
            var expected = tensor(story.GetProperty("negative_log_likelihood").EnumerateArray().Select(each => each.GetDouble()).ToArray());
            Assert.InRange(GoldenFolder.MaxDifference(expected, likelihood), 0, Tolerance);
        }

        var values = recorded.GetProperty("logits");
        var rows = values.GetProperty("values").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(each => each.GetDouble()));
        var ids = tensor(TinyLlama.Ids(values.GetProperty("ids"))).unsqueeze(0);
        var actual = model.Logits(model.Hidden(model.Embed(ids)))[0];
        Assert.InRange(GoldenFolder.MaxDifference(tensor(rows.ToArray()).view(actual.shape), actual), 0, Tolerance);
    }

    [SkippableTheory]
    [InlineData("hf", "meta")]
    [InlineData("hf", "stories260K.bin")]
    public void All_forms_hold_the_same_weights(string first, string second)
    {
        var comparison = CheckpointComparison.Of(TinyLlama.Form(first), TinyLlama.Form(second));
        Assert.Empty(comparison.OnlyFirst);
        Assert.Empty(comparison.OnlySecond);
        Assert.Empty(comparison.Different);
        Assert.Equal(47, comparison.Same);
    }

    [SkippableTheory]
    [InlineData("hf", "meta", "consolidated.00.pth")]
    [InlineData("meta", "hf", "model.safetensors")]
    [InlineData("stories260K.bin", "hf", "model.safetensors")]
    public void Converted_to_another_form_it_has_the_published_names_and_its_config(string form, string layout, string name)
    {
        var output = Path.Combine(folder, name);
        new CheckpointConversion { Input = TinyLlama.Form(form), Output = output, Layout = layout }.Run();
        using (var published = TensorFile.Open(Directory.GetFiles(TinyLlama.Form(layout)).Single(file => Path.GetFileName(file) == name)))
        using (var written = TensorFile.Open(output))
        {
            Assert.Equal(published.Entries.Keys.Order(), written.Entries.Keys.Order());
        }

        Assert.Contains(layout == "hf" ? "config.json" : "params.json", Directory.GetFiles(folder).Select(Path.GetFileName));
        using var weights = ModelWeights.Open(folder);
        weights.CheckTensors();
        var decoder = ((LanguageArchitecture)weights.Architecture).Options.Decoder;
        Assert.Equal((64, 8, 4), (decoder.Width, decoder.Heads, decoder.KeyValueHeads));
        Assert.Equal((172, true), (decoder.FeedForwardWidth, decoder.TiedHead));
        var comparison = CheckpointComparison.Of(TinyLlama.Form("hf"), output);
        Assert.Equal((0, 47), (comparison.Different.Count, comparison.Same));
    }

    [SkippableFact]
    public void Inspection_describes_it()
    {
        var inspection = CheckpointInspection.Of(TinyLlama.Form("hf"));
        Assert.Empty(inspection.Problems);
        Assert.Equal("hf (Hugging Face decoder)", inspection.Layout);
        Assert.Contains("decoder 64 wide, 5 layers, 8 heads on 4, vocabulary 512", inspection.Model);
    }
}
