using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>
/// Both pictures of a pair side by side, with a line from each key point to where it was found, green where that is right and red where it
/// is wrong; a ring shows where it should be.
/// </summary>
internal static class CorrespondencePicture
{
    private const int Side = 384;
    private const int Margin = 12;
    private const double LineRadius = 0.9;
    private const double DotRadius = 4;
    private const double RingRadius = 5.5;
    private static readonly (byte, byte, byte) Right = (46, 190, 90);
    private static readonly (byte, byte, byte) Wrong = (225, 60, 55);
    private static readonly (byte, byte, byte) Truth = (255, 255, 255);

    /// <summary>Writes a PNG for each pair, complete or not at all.</summary>
    /// <param name="folder">New.</param>
    /// <param name="set">Where the pictures are, and what is right.</param>
    /// <param name="pairs">Each with the places found.</param>
    /// <param name="cancellation">Stops between two pairs.</param>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public static void WriteAll(
        string folder,
        CorrespondenceSetOptions set,
        IReadOnlyList<(KeyPointPair Pair, KeyPoint[] Found)> pairs,
        CancellationToken cancellation)
        => AtomicFolder.Write(folder, temporary =>
        {
            foreach (var (index, (pair, found)) in pairs.Index())
            {
                cancellation.ThrowIfCancellationRequested();
                var name = string.Concat(pair.Name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_' ? letter : '-'));
                File.WriteAllBytes(Path.Combine(temporary, $"{index:D5}-{name}.png"), PngEncoder.Encode(Draw(set, pair, found)));
            }
        });

    private static DecodedImage Draw(CorrespondenceSetOptions set, KeyPointPair pair, KeyPoint[] found)
    {
        var (first, second) = (Read(set, pair.Source), Read(set, pair.Target));
        var canvas = new Canvas(
            first.Width + second.Width + (3 * Margin),
            Math.Max(first.Height, second.Height) + (2 * Margin),
            Canvas.White);
        Place(canvas, first, Margin);
        Place(canvas, second, first.Width + (2 * Margin));

        // The shares of a set go upward: the one in the middle is the customary one.
        var alpha = set.Alphas[set.Alphas.Count / 2];
        foreach (var (i, place) in found.Index())
        {
            var color = KeyPointMetrics.IsRight(place, pair.TargetPoints[i], alpha, pair.Length(set.Length)) ? Right : Wrong;
            var from = On(first, pair.SourceSize, pair.SourcePoints[i], Margin);
            var to = On(second, pair.TargetSize, place, first.Width + (2 * Margin));
            var truth = On(second, pair.TargetSize, pair.TargetPoints[i], first.Width + (2 * Margin));
            Paint(canvas, truth, truth, RingRadius, Truth, radius => Math.Abs(radius - RingRadius) - LineRadius);
            Paint(canvas, from, to, LineRadius, color, distance => distance - LineRadius);
            Paint(canvas, from, from, DotRadius, color, distance => distance - DotRadius);
            Paint(canvas, to, to, DotRadius, color, distance => distance - DotRadius);
        }

        return canvas.ToImage();
    }

    private static DecodedImage Read(CorrespondenceSetOptions set, string name)
    {
        var image = NamedImage.Read(Path.Combine(set.Data, name), file => ImageDecoders.Default.Decode(file, set.MaxPixels));
        var scale = (double)Side / Math.Max(image.Width, image.Height);
        var (height, width) = (Math.Max(1, (int)(image.Height * scale)), Math.Max(1, (int)(image.Width * scale)));
        return DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(image), height, width);
    }

    private static void Place(Canvas canvas, DecodedImage picture, int left)
    {
        // DrawPicture centres in a square.
        var side = Math.Max(picture.Width, picture.Height);
        canvas.DrawPicture(picture, left - ((side - picture.Width) / 2), Margin - ((side - picture.Height) / 2), side);
    }

    private static KeyPoint On(DecodedImage picture, PictureSize size, KeyPoint place, int left)
        => new(left + (place.X / size.Width * picture.Width), Margin + (place.Y / size.Height * picture.Height));

    /// <summary>Paints around the line between two places.</summary>
    /// <param name="canvas">The page.</param>
    /// <param name="from">One end.</param>
    /// <param name="to">The other.</param>
    /// <param name="reach">How far from the line anything is painted.</param>
    /// <param name="color">What is painted.</param>
    /// <param name="outline">From the distance to the line to that from the outline, negative inside.</param>
    private static void Paint(
        Canvas canvas,
        KeyPoint from,
        KeyPoint to,
        double reach,
        (byte, byte, byte) color,
        Func<double, double> outline)
    {
        var (alongX, alongY) = (to.X - from.X, to.Y - from.Y);
        var length = Math.Max(1e-9, (alongX * alongX) + (alongY * alongY));
        reach += 2;
        canvas.Paint(
            Math.Min(from.X, to.X) - reach,
            Math.Min(from.Y, to.Y) - reach,
            Math.Max(from.X, to.X) + reach,
            Math.Max(from.Y, to.Y) + reach,
            color,
            (x, y) =>
            {
                var share = Math.Clamp((((x - from.X) * alongX) + ((y - from.Y) * alongY)) / length, 0, 1);
                return outline(new KeyPoint(x, y).DistanceTo(new KeyPoint(from.X + (share * alongX), from.Y + (share * alongY))));
            });
    }
}
