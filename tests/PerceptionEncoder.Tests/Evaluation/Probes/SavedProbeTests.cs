using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Media;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tools.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class SavedProbeTests : IDisposable
{
    private readonly PictureSet set = new();

    public SavedProbeTests()
    {
        File.WriteAllText(Weights, "the weights of the encoder");
        set.Saving = new ProbeSaving(At("probe.safetensors"), Weights);
    }

    private string Weights => At("weights");

    public void Dispose() => set.Dispose();

    [Theory]
    [InlineData(ProbeTask.Linear)]
    [InlineData(ProbeTask.Attention)]
    public void A_saved_probe_is_as_good_as_the_one_that_was_measured(ProbeTask task)
    {
        var measured = set.Probes([1], task).Run(default).Layers[0].Metrics[$"{task.ToString().ToLowerInvariant()}_acc1"];
        using var probe = SavedProbe.Open(At("probe.safetensors"));
        Assert.Equal((task, 1, 8), (probe.Task, probe.Layer, probe.ImageSize));
        Assert.Equal(["red", "green", "blue"], probe.Classes);
        probe.Require(Weights);

        using var scope = NewDisposeScope();
        var input = new ImageInput(8, 8);
        var images = input.Stack([.. new MediaSource(MediaKind.Image, [At("test/0.tar")]).Read().Select(input.Decode)]);
        var probabilities = probe.Probabilities(set.Tower, Pixels.Normalize(images));
        Assert.All(probabilities.sum(1).data<float>().ToArray(), sum => Assert.Equal(1, sum, 1e-5f));
        var right = probabilities.argmax(1).data<long>().ToArray().Index().Count(entry => entry.Item == entry.Index % 3);
        Assert.Equal(measured, right / 30.0, 1e-9);
    }

    [Fact]
    public void Another_encoder_is_refused_in_one_line()
    {
        set.Probes([1], ProbeTask.Linear).Run(default);
        using var probe = SavedProbe.Open(At("probe.safetensors"));
        File.WriteAllText(At("other"), "other weights");
        var refusal = Assert.Throws<UserErrorException>(() => probe.Require(At("other")));
        Assert.Single(refusal.Lines);
        Assert.Contains("another encoder", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_saved_probe_and_what_cannot_be_saved_is_refused()
    {
        Assert.Contains("one probe", Assert.Throws<UserErrorException>(
            () => set.Probes([1], ProbeTask.Linear, ProbeTask.Knn).Run(default)).Message, StringComparison.Ordinal);
        Assert.Contains("one layer", Assert.Throws<UserErrorException>(
            () => set.Probes([0, 1], ProbeTask.Linear).Run(default)).Message, StringComparison.Ordinal);
        Assert.Contains("published", Assert.Throws<UserErrorException>(
            () => set.Probes([1], new ProbeOptions { Protocol = ProbeProtocol.Published }, ProbeTask.Linear).Run(default)).Message);
        using var numbers = zeros(2, 2);
        PerceptionEncoder.Serialization.Weights.SafetensorsWriter.Write(At("plain.safetensors"), [("a", numbers)]);
        Assert.Contains("no saved probe", Assert.Throws<UserErrorException>(() => SavedProbe.Open(At("plain.safetensors"))).Message);
    }

    private string At(string name) => Path.Combine(set.Root, name);
}
