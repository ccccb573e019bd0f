using System.Buffers;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Crop, resize and conversion to RGB in the order of the published transform: the resize runs in the file's own mode. Palette and bilevel
/// images use nearest neighbour, images with alpha are resized premultiplied and their alpha is then dropped.
/// </summary>
internal static class ModeAwareResize
{
    /// <summary>Resizes a part of an image and keeps a part of the result.</summary>
    /// <param name="image">In its own mode.</param>
    /// <param name="box">The part that is read; nothing outside it counts.</param>
    /// <param name="size">What the box is resized to.</param>
    /// <param name="window">The part of <paramref name="size"/> that is wanted.</param>
    /// <param name="interpolation">The filter, where the mode allows it.</param>
    /// <param name="planes">[3, window.Height, window.Width] RGB.</param>
    public static void ToRgb(
        DecodedImage image,
        PixelBox box,
        (int Height, int Width) size,
        PixelBox window,
        Interpolation interpolation,
        Span<byte> planes)
    {
        var unchanged = (box.Height, box.Width) == size; // Pillow copies, without a round trip through premultiplied alpha
        if (image.Indexed || unchanged || interpolation == Interpolation.Nearest)
        {
            NearestResampler.Resize(image.Pixels, image.Width, image.Channels, box, size, window, planes);
            return;
        }

        var columns = ResampleKernel.For(box.Width, size.Width, window.Left, window.Width, interpolation);
        var rows = ResampleKernel.For(box.Height, size.Height, window.Top, window.Height, interpolation);
        var plane = window.Width * window.Height;
        switch (image.Channels)
        {
            case 3:
                PillowResampler.Resize(image.Pixels, image.Width, 3, box, columns, rows, planes);
                break;
            case 1:
                PillowResampler.Resize(image.Pixels, image.Width, 1, box, columns, rows, planes[..plane]);
                RepeatGrey(planes, plane);
                break;
            default:
                WithAlpha(image, box, columns, rows, planes, plane);
                break;
        }
    }

    private static void WithAlpha(
        DecodedImage image,
        PixelBox box,
        ResampleKernel columns,
        ResampleKernel rows,
        Span<byte> planes,
        int plane)
    {
        var channels = image.Channels;
        var colours = channels - 1;
        var premultiplied = ArrayPool<byte>.Shared.Rent(box.Width * box.Height * channels);
        var resized = ArrayPool<byte>.Shared.Rent(plane * channels);
        try
        {
            PremultipliedAlpha.Apply(image, box, premultiplied);
            PillowResampler.Resize(
                premultiplied,
                box.Width,
                channels,
                new PixelBox(0, 0, box.Width, box.Height),
                columns,
                rows,
                resized.AsSpan(0, plane * channels));
            var alpha = resized.AsSpan(colours * plane, plane);
            for (var c = 0; c < colours; c++)
            {
                PremultipliedAlpha.Undo(resized.AsSpan(c * plane, plane), alpha, planes.Slice(c * plane, plane));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(premultiplied);
            ArrayPool<byte>.Shared.Return(resized);
        }

        if (colours == 1)
        {
            RepeatGrey(planes, plane);
        }
    }

    private static void RepeatGrey(Span<byte> planes, int plane)
    {
        planes[..plane].CopyTo(planes[plane..]);
        planes[..plane].CopyTo(planes[(2 * plane)..]);
    }
}
