using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>Images as the encoder takes them, prepared as in evaluation. Safe to share between threads.</summary>
/// <param name="height">Of the model's input, in pixels.</param>
/// <param name="width">Of the model's input, in pixels.</param>
/// <param name="fit">What happens to the aspect ratio.</param>
/// <param name="maximumPixels">Larger images are unreadable.</param>
internal sealed class ImageInput(
    int height,
    int width,
    ImageFit fit = ImageFit.Squash,
    long maximumPixels = IImageDecoder.DefaultMaximumPixels)
{
    private readonly IImageDecoder decoder = ImageDecoders.Default;
    private readonly ImageTransform transform = new(height, width, fit);

    /// <returns>[3, height, width] RGB, 8 bits.</returns>
    /// <exception cref="BadSampleException">The file cannot be read.</exception>
    /// <exception cref="ImageException">It is no usable image.</exception>
    public byte[] Decode(MediaItem item)
        => transform.Apply(TransientImage.Decode(decoder, item.ReadBytes().Span, maximumPixels));

    /// <returns>[B, 3, height, width], uint8, on the CPU.</returns>
    public Tensor Stack(IReadOnlyList<byte[]> images) => ImageStack.Of(images, height, width);
}
