using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

// h, w grid · C labels, the background first · H, W mask
/// <summary>From masks to the labels of patches and back.</summary>
internal static class SoftMasks
{
    /// <summary>The label under each patch's centre.</summary>
    /// <param name="mask">[height, width], labels.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="grid">h and w.</param>
    /// <returns>int64 [h, w].</returns>
    public static Tensor Labels(byte[] mask, int height, int width, (int Height, int Width) grid)
    {
        using var scope = NewDisposeScope();
        return tensor(Nearest(mask, height, width, grid.Height, grid.Width)).to(int64).view(grid.Height, grid.Width)
            .MoveToOuterDisposeScope();
    }

    /// <summary>One label a patch, as shares.</summary>
    /// <param name="labels">int64 [h, w].</param>
    /// <param name="count">C.</param>
    /// <returns>float32 [h, w, C].</returns>
    public static Tensor OneHot(Tensor labels, int count)
    {
        using var scope = NewDisposeScope();
        return nn.functional.one_hot(labels, count).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>DINO's mask: labels enlarged to the encoded frame by lines, stretched to 0..1, the greatest, then resized.</summary>
    /// <param name="soft">[h, w, C].</param>
    /// <param name="patch">Pixels a side.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <returns>[height, width].</returns>
    public static byte[] Smooth(Tensor soft, int patch, int height, int width)
    {
        using var scope = NewDisposeScope();
        var stretched = Stretched(Enlarged(soft, patch));                                              // [C, h p, w p]
        return Nearest(Bytes(stretched), (int)stretched.shape[1], (int)stretched.shape[2], height, width);
    }

    /// <summary>Labels enlarged to pixels of the encoded frame by lines, [C, h patch, w patch].</summary>
    internal static Tensor Enlarged(Tensor soft, int patch)
        => nn.functional.interpolate(
            soft.permute(2, 0, 1).unsqueeze(0),
            [soft.shape[0] * patch, soft.shape[1] * patch],
            mode: InterpolationMode.Bilinear,
            align_corners: false).squeeze(0);

    /// <summary>DINOv3's mask: labels stretched to 0..1, the greatest, enlarged as they are.</summary>
    /// <param name="soft">[h, w, C].</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <returns>[height, width].</returns>
    public static byte[] Hard(Tensor soft, int height, int width)
    {
        using var scope = NewDisposeScope();
        var stretched = Stretched(soft.permute(2, 0, 1));
        var (rows, columns) = ((int)soft.shape[0], (int)soft.shape[1]);
        var (labels, mask) = (Bytes(stretched), new byte[height * width]);
        for (var row = 0; row < height; row++)
        {
            var source = labels.AsSpan((int)((float)rows / height * row) * columns, columns);
            for (var column = 0; column < width; column++)
            {
                mask[(row * width) + column] = source[Math.Min((int)((float)columns / width * column), columns - 1)];
            }
        }

        return mask;
    }

    /// <summary>Each label's plane stretched to 0..1, [C, h, w]; one that is the same everywhere is 0.</summary>
    internal static Tensor Stretched(Tensor planes)
    {
        var lifted = planes.sub(planes.amin([1, 2], keepdim: true));
        var peak = lifted.amax([1, 2], keepdim: true);
        return lifted.div(peak.masked_fill(peak.eq(Scalars.Of(0.0)), Scalars.Of(1.0)));
    }

    private static byte[] Bytes(Tensor planes) => planes.argmax(0).to(uint8).cpu().contiguous().data<byte>().ToArray();

    /// <summary>Pillow's nearest neighbour of one plane.</summary>
    private static byte[] Nearest(byte[] mask, int height, int width, int rows, int columns)
    {
        if ((height, width) == (rows, columns))
        {
            return mask;
        }

        var planes = new byte[3 * rows * columns];
        NearestResampler.Resize(
            mask,
            width,
            channels: 1,
            new PixelBox(0, 0, width, height),
            (rows, columns),
            new PixelBox(0, 0, columns, rows),
            planes);
        return planes[..(rows * columns)];
    }
}
