using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Samples;

/// <summary>A batch of images, each with a map of what a teacher says of every place in it, where there is such a teacher.</summary>
/// <param name="Batch">Of <see cref="Layout"/>.</param>
public readonly record struct DenseBatch(Batch Batch)
{
    internal const string ImageField = "image", MapField = "teacher_map";

    /// <summary>Number of samples.</summary>
    public int Size => Batch.Size;

    /// <summary>[batch, 3, resolution, resolution], uint8; objectives scale to [-1, 1] on the device.</summary>
    public Tensor Images => Batch[ImageField];

    /// <summary>
    /// [batch, channels, height, width], float32: of the same augmented images, on any grid over them, row by row. Null where the layout
    /// has none.
    /// </summary>
    public Tensor? Maps => Batch.Layout.Fields.Any(entry => entry.Name == MapField) ? Batch[MapField] : null;

    /// <param name="resolution">Side of the square images, in pixels.</param>
    /// <param name="channels">Of the teacher's maps; 0 for no maps.</param>
    /// <param name="grid">Side of the teacher's maps, in places.</param>
    public static BatchLayout Layout(int resolution, int channels = 0, int grid = 0)
    {
        var image = new BatchField(ImageField, ScalarType.Byte, 3, resolution, resolution);
        return channels == 0
            ? new BatchLayout(image)
            : new BatchLayout(image, new BatchField(MapField, ScalarType.Float32, channels, grid, grid));
    }

    /// <summary>Random images and maps, to measure a step with.</summary>
    /// <param name="size">Samples.</param>
    /// <param name="resolution">As in <see cref="Layout"/>.</param>
    /// <param name="channels">As in <see cref="Layout"/>.</param>
    /// <param name="grid">As in <see cref="Layout"/>.</param>
    public static Batch Noise(int size, int resolution, int channels = 0, int grid = 0)
    {
        var images = randint(0, 256, [size, 3, resolution, resolution], uint8);
        return new Batch(
            Layout(resolution, channels, grid),
            channels == 0 ? [images] : [images, randn(size, channels, grid, grid)],
            new string[size],
            DataPosition.Start);
    }
}
