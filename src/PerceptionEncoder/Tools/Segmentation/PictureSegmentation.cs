using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Evaluation.Visualization;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Serialization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Segmentation;

/// <summary>The masks of a picture as files: one PNG each, and all of them over the picture.</summary>
public sealed record PictureSegmentation
{
    /// <summary>The picture over which the masks lie in colours.</summary>
    public const string OverlayName = "overlay.png";

    private const double OverlayShare = 0.5;

    /// <summary>Neighbours in rank get hues far apart.</summary>
    private const double GoldenAngle = 137.508;

    /// <summary>The image file.</summary>
    public required string Image { get; init; }

    /// <summary>What is meant, one prompt each; empty for everything that a grid of points finds.</summary>
    public IReadOnlyList<MaskPrompt> Prompts { get; init; } = [];

    /// <summary>Points of the grid a side.</summary>
    public int Grid { get; init; } = 32;

    /// <summary>Which masks of the grid are kept.</summary>
    public MaskFilterOptions Filter { get; init; } = new();

    /// <summary>Segments the picture and writes the folder, complete or not at all.</summary>
    /// <param name="segmenter">The model.</param>
    /// <param name="output">A new folder.</param>
    /// <param name="cancellation">Stops between chunks of prompts.</param>
    /// <exception cref="UserErrorException">
    /// The picture cannot be read, a prompt lies outside of it, the folder is not empty or cannot be written.
    /// </exception>
    public SegmentedPicture Write(Segmenter segmenter, string output, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(segmenter);
        AtomicFolder.RequireNew(output);
        var decoded = NamedImage.Read(Image, file => ImageDecoders.Default.Decode(file, IImageDecoder.DefaultMaximumPixels));
        var (width, height) = (decoded.Width, decoded.Height);
        foreach (var (x, y, _) in Prompts.SelectMany(prompt => prompt.Points))
        {
            if (x < 0 || y < 0 || x > width || y > height)
            {
                throw new UserErrorException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Image}: {x},{y} is outside of its {width}x{height} pixels. Name a place in it."));
            }
        }

        var planes = new ImageTransform(height, width).Apply(decoded);
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        using var picture = segmenter.Encode(ImageStack.Of([planes], height, width)[0]);
        var encoded = clock.Elapsed;
        var finder = new MaskFinder(segmenter);
        var masks = Prompts.Count > 0
            ? finder.Of(picture, Prompts, ChoiceFor(Prompts), cancellation)
            : finder.OfGrid(picture, Grid, Filter, cancellation);
        var prompts = clock.Elapsed - encoded;
        var digits = Math.Max(3, $"{masks.Count}".Length);
        string[] names =
        [
            .. masks.Select((_, rank) => $"mask-{(rank + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')}.png"),
        ];
        AtomicFolder.Write(output, folder =>
        {
            foreach (var (name, found) in names.Zip(masks))
            {
                var grey = new DecodedImage(width, height, 1, found.Mask.ToGrey(), Indexed: false);
                File.WriteAllBytes(Path.Combine(folder, name), PngEncoder.Encode(grey));
            }

            File.WriteAllBytes(Path.Combine(folder, OverlayName), PngEncoder.Encode(Overlay(planes, width, height, masks)));
        });
        return new SegmentedPicture(
            width,
            height,
            [.. names.Zip(masks, (name, found) => WrittenMask.Of(name, found))],
            encoded.TotalSeconds,
            prompts.TotalSeconds);
    }

    /// <summary>A single point may mean several things; more of them, or a box, mean one.</summary>
    private static MaskChoice ChoiceFor(IReadOnlyList<MaskPrompt> prompts)
        => prompts.All(prompt => prompt.Points.Count == 1) ? MaskChoice.Three : MaskChoice.Best;

    /// <summary>The larger masks below the smaller ones.</summary>
    private static DecodedImage Overlay(byte[] planes, int width, int height, IReadOnlyList<FoundMask> masks)
    {
        var image = DecodedImage.OfPlanes(planes, height, width);
        var pixels = image.Pixels;
        foreach (var (rank, found) in masks.Index().OrderByDescending(entry => entry.Item.Mask.Area))
        {
            var (red, green, blue) = LchColor.ToRgb(65, 80, rank * GoldenAngle);
            var (left, top, right, bottom) = found.Mask.Bounds;
            for (var y = top; y <= bottom; y++)
            {
                for (var x = left; x <= right; x++)
                {
                    if (found.Mask[x, y])
                    {
                        var at = 3 * ((y * width) + x);
                        pixels[at] = Mix(pixels[at], red);
                        pixels[at + 1] = Mix(pixels[at + 1], green);
                        pixels[at + 2] = Mix(pixels[at + 2], blue);
                    }
                }
            }
        }

        return image;

        static byte Mix(byte own, byte color) => (byte)Math.Round((own * (1 - OverlayShare)) + (color * OverlayShare));
    }
}
