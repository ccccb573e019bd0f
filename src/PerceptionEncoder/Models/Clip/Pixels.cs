using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Clip;

/// <summary>From stored pixels to what the vision tower takes.</summary>
public static class Pixels
{
    /// <summary>x / 127.5 - 1: mean and deviation 0.5 on each channel [App. B.1.1].</summary>
    /// <param name="images">uint8, any shape, on any device.</param>
    /// <returns>float32 in [-1, 1], the same shape and device.</returns>
    public static Tensor Normalize(Tensor images) => images.to(float32).div_(Scalars.Of(127.5)).sub_(Scalars.One);
}
