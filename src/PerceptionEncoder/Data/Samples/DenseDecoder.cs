using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// The decode stage of spatial alignment: image file to augmented pixels, and the same view of the teacher's map that is stored beside it.
/// Captions are not looked at. Safe to share between threads.
/// </summary>
/// <param name="images">Decodes image files.</param>
/// <param name="augmentation">Random changes, seeded per sample. Changes of colour leave a stored map as it is.</param>
/// <param name="resolution">Side of the square output, in pixels.</param>
/// <param name="maximumPixels">Larger images are bad samples.</param>
/// <param name="jpegScaling">Decodes JPEG no larger than the crop needs: <see cref="DataOptions.JpegScaling"/>.</param>
/// <param name="channels">Of the maps; 0 where none are read.</param>
/// <param name="grid">Side of the maps that batches have, in places.</param>
public sealed class DenseDecoder(
    IImageDecoder images,
    Augmentation augmentation,
    int resolution,
    long maximumPixels,
    bool jpegScaling = false,
    int channels = 0,
    int grid = 0)
{
    /// <summary>A <see cref="SampleDecoder"/> of <see cref="DenseBatch"/>.</summary>
    public void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(fields);
        var file = CaptionedImage.FindImage(sample, source);
        var view = augmentation.Apply(
            file.Span,
            images,
            maximumPixels,
            jpegScaling,
            resolution,
            resolution,
            sampleSeed,
            fields.Of<byte>(DenseBatch.ImageField));
        if (channels > 0)
        {
            TeacherMap.Of(sample, file.Span, channels).WriteView(view, grid, fields.Of<float>(DenseBatch.MapField));
        }
    }
}
