using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Media.Images;

/// <summary>Makes one tensor of images of one size.</summary>
internal static class ImageStack
{
    /// <param name="images">B times [3, height, width], 8 bits.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="width">In pixels.</param>
    /// <returns>[B, 3, height, width], uint8, on the CPU.</returns>
    public static unsafe Tensor Of(IReadOnlyList<byte[]> images, int height, int width)
    {
        var stack = empty([images.Count, 3, height, width], uint8);
        var length = 3 * height * width;
        var start = (byte*)TensorMemory.Pointer(stack);
        for (var i = 0; i < images.Count; i++)
        {
            images[i].CopyTo(new Span<byte>(start + ((nint)i * length), length));
        }

        return stack;
    }
}
