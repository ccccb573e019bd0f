using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether a seed brings back what was drawn: gradient caching and resume rely on it.</summary>
internal static class RandomChecks
{
    private const int Numbers = 1000;

    /// <summary>Uniform and normal numbers of the device's generator.</summary>
    public static MachineCheck SeedsRepeat(Device device) => SeedsRepeat(seed =>
    {
        Randomness.Seed(device, seed);
        return cat([rand(Numbers, device: device), randn(Numbers, device: device)]);
    });

    /// <param name="draw">Seeds, then draws.</param>
    public static MachineCheck SeedsRepeat(Func<long, Tensor> draw) => MachineCheck.AtMost(
        0,
        "draws after the same seed",
        "Seeds do not reach this device's generator: patch dropout, DropPath and masks are not replayed. Train without them, or on the "
            + "CPU.",
        () =>
        {
            var (first, again, other) = (draw(3), draw(3), draw(4));
            return Closeness.Relative(first, other) > 0 ? Closeness.Relative(first, again) : double.PositiveInfinity;
        });
}
