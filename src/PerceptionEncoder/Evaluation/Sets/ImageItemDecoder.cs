using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Images without their border as squares, [3, side, side] each.</summary>
/// <param name="set">Says how the aspect ratio is treated and how large an image may be.</param>
/// <param name="side">Of the square.</param>
/// <param name="border">Pixels cut off each side of every image.</param>
internal sealed class ImageItemDecoder(EvaluationSetOptions set, int side, int border) : ItemDecoder
{
    private readonly IImageDecoder decoder = ImageDecoders.Default;
    private readonly ImageTransform transform = new(side, side, set.Fit);

    /// <inheritdoc/>
    public override byte[] Read(Sample sample)
    {
        var file = MediaFiles.Images.Where(sample.Members.ContainsKey).Select(extension => sample.Members[extension]).FirstOrDefault();
        return file.IsEmpty
            ? throw new BadSampleException(
                CaptionedImage.MissingImage,
                $"no {string.Join(", ", MediaFiles.Images)} of at least one byte among {sample.List()}")
            : Read(file);
    }

    /// <inheritdoc/>
    public override byte[] Read(string path) => Read(MediaItem.OfFile(path).ReadBytes());

    /// <inheritdoc/>
    public override Tensor Stack(IReadOnlyList<byte[]> pixels) => ImageStack.Of(pixels, side, side);

    private byte[] Read(ReadOnlyMemory<byte> file)
        => transform.Apply(ImageBorder.Remove(TransientImage.Decode(decoder, file.Span, set.MaxPixels), border));
}
