using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Randomness that a seed fixes, on any device.</summary>
internal static class Randomness
{
    /// <summary>Sets the generators that work on a device may draw from: the host's, and the device's own.</summary>
    public static void Seed(Device device, long seed)
    {
        ArgumentNullException.ThrowIfNull(device);
        manual_seed(seed);
        if (device.type == DeviceType.CUDA)
        {
            cuda.manual_seed_all(seed);
        }
    }

    /// <summary>
    /// Uniform numbers in [0, 1), drawn by the host's generator: what passes replay, as gradient caching does, is the same on all devices.
    /// </summary>
    public static Tensor Uniform(Device device, params long[] shape)
    {
        using var scope = NewDisposeScope();
        return rand(shape, float32).SendTo(device).MoveToOuterDisposeScope();
    }
}
