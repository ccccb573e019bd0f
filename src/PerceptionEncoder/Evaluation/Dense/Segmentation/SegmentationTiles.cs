using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>
/// Pictures as overlapping windows: the shorter side is resized to the model's input, and windows of that size are encoded one by one.
/// </summary>
/// <param name="set">Its stride.</param>
/// <param name="side">Of the model's input.</param>
internal sealed class SegmentationTiles(SegmentationSetOptions set, int side)
{
    private readonly IImageDecoder decoder = ImageDecoders.Default;

    /// <summary>The windows of a picture, which is read and resized once for all of them.</summary>
    /// <param name="place">Folder, for messages.</param>
    /// <param name="key">Name, for messages.</param>
    /// <param name="path">The picture.</param>
    /// <param name="mask">Reads its mask.</param>
    public IEnumerable<SetItem<SegmentationMask>> Of(string place, string key, string path, Func<SegmentationMask> mask)
    {
        var (height, width) = Resized(path);
        PixelBox[] windows = [.. SlidingWindows.Of(height, width, side, set.Stride!.Value)];
        var shared = new SharedReading<(SegmentationMask Mask, byte[] Planes)>(() => (mask(), Planes(path, height, width)), windows.Length);
        return windows.Select((window, index) => new SetItem<SegmentationMask>(place, key, _ =>
        {
            var (whole, planes) = shared.Take();
            return (Cut(whole, window, height, width, index == 0), Pixels(planes, window, height, width));
        }));
    }

    /// <summary>The part of a mask that a window shows, at the mask's own resolution.</summary>
    private static SegmentationMask Cut(SegmentationMask whole, PixelBox window, int height, int width, bool first)
    {
        var (top, left) = (window.Top * whole.Height / height, window.Left * whole.Width / width);
        var (bottom, right) = (
            Math.Max(top + 1, (window.Top + window.Height) * whole.Height / height),
            Math.Max(left + 1, (window.Left + window.Width) * whole.Width / width));
        var classes = new byte[(bottom - top) * (right - left)];
        for (var y = top; y < bottom; y++)
        {
            whole.Classes.AsSpan((y * whole.Width) + left, right - left).CopyTo(classes.AsSpan((y - top) * (right - left)));
        }

        return new SegmentationMask(bottom - top, right - left, classes)
        {
            Picture = whole.Picture,
            Key = whole.Key,
            Tile = new SegmentationTile(window, height, width, first ? whole : null),
        };
    }

    /// <summary>Sizes of a picture that cannot be read are the model's: it is passed over when it is read.</summary>
    private (int Height, int Width) Resized(string path)
    {
        try
        {
            var header = ImageHeader.Read(MediaItem.OfFile(path).ReadBytes().Span, set.MaxPixels);
            var scale = (double)side / Math.Min(header.Width, header.Height);
            return (Side(header.Height), Side(header.Width));

            int Side(int length) => Math.Max(side, (int)Math.Round(scale * length));
        }
        catch (Exception unreadable) when (unreadable is BadSampleException or ImageException)
        {
            return (side, side);
        }
    }

    private byte[] Planes(string path, int height, int width)
        => new ImageTransform(height, width).Apply(decoder.Decode(MediaItem.OfFile(path).ReadBytes().Span, set.MaxPixels));

    private static byte[] Pixels(byte[] planes, PixelBox window, int height, int width)
    {
        var part = new byte[3 * window.Height * window.Width];
        for (var row = 0; row < 3 * window.Height; row++)
        {
            var (channel, y) = Math.DivRem(row, window.Height);
            planes.AsSpan((((channel * height) + window.Top + y) * width) + window.Left, window.Width)
                .CopyTo(part.AsSpan(row * window.Width));
        }

        return part;
    }
}
