using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether bfloat16 by autocast stays close to float32, and leaves gradients in it.</summary>
internal static class PrecisionChecks
{
    private const double LeastCosine = 0.999;
    private const int Side = 64;
    private const int Images = 8;
    private const string Advice = "Train and encode with precision: fp32 on this machine.";

    /// <summary>The features of an image in both precisions, as vectors.</summary>
    public static MachineCheck Features(Device device) => Features(precision =>
    {
        using var noGradient = no_grad();
        using var pairs = new PracticePairs(Side, Images);
        Randomness.Seed(device, 1);
        using var model = PracticePairs.Model(Side, layers: 4).Build();
        model.to(device);
        model.eval();
        using var autocast = precision.Enter(device);
        return model.EncodeImage(Pixels.Normalize(pairs.All[0]["image"].to(device))).to(float32);
    });

    /// <param name="features">[B, D] by precision.</param>
    public static MachineCheck Features(Func<Precision, Tensor> features) => MachineCheck.AtLeast(
        LeastCosine,
        "features in bf16, cosine to float32",
        Advice,
        () => nn.functional.cosine_similarity(features(Precision.Fp32), features(Precision.Bf16), dim: 1).min().ToDouble());

    /// <summary>Parameters that a step in bfloat16 leaves without a float32 gradient.</summary>
    public static MachineCheck Gradients(Device device)
        => Gradients(precision => GradientChecks.Gradients(
            device,
            PracticePairs.Model(),
            recomputeEvery: 0,
            precision,
            GradientChecks.Accumulate,
            Images));

    /// <param name="gradients">By precision.</param>
    public static MachineCheck Gradients(Func<Precision, IReadOnlyDictionary<string, Tensor>> gradients) => MachineCheck.AtMost(
        0,
        "parameters whose gradient in bf16 is missing or no float32",
        Advice,
        () =>
        {
            var narrow = gradients(Precision.Bf16);
            return gradients(Precision.Fp32).Keys.Count(name => !narrow.TryGetValue(name, out var found) || found.dtype != float32);
        });
}
