using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Data;

/// <summary>Pillow's resize of one channel written down as plainly as it can be: the measure of the vectorised one.</summary>
internal static class PlainResampler
{
    public static byte[,] Resize(byte[,] image, int height, int width, Interpolation interpolation)
        => Transpose(ResizeRows(Transpose(ResizeRows(image, width, interpolation)), height, interpolation));

    private static byte[,] ResizeRows(byte[,] image, int width, Interpolation interpolation)
    {
        var (rows, input) = (image.GetLength(0), image.GetLength(1));
        if (input == width)
        {
            return image;
        }

        var result = new byte[rows, width];
        var scale = (double)input / width;
        var stretch = Math.Max(1, scale);
        var support = stretch * (interpolation == Interpolation.Bicubic ? 2 : 1);
        for (var x = 0; x < width; x++)
        {
            var center = (x + 0.5) * scale;
            var from = Math.Max(0, (int)(center - support + 0.5));
            var to = Math.Min(input, (int)(center + support + 0.5));
            var weights = Enumerable.Range(from, to - from)
                .Select(i => Filter((i - center + 0.5) * (1 / stretch), interpolation)).ToArray();
            var total = weights.Aggregate(0.0, (sum, weight) => sum + weight);
            for (var y = 0; y < rows; y++)
            {
                var sum = 1L << 21;
                for (var i = from; i < to; i++)
                {
                    var weight = weights[i - from] / total * (1 << 22);
                    sum += image[y, i] * (long)(weight < 0 ? weight - 0.5 : weight + 0.5);
                }

                result[y, x] = (byte)Math.Clamp(sum >> 22, 0, 255);
            }
        }

        return result;
    }

    private static double Filter(double x, Interpolation interpolation) => (Math.Abs(x), interpolation) switch
    {
        (var d, Interpolation.Bilinear) => Math.Max(0, 1 - d),
        (< 1 and var d, _) => (((1.5 * d) - 2.5) * d * d) + 1,
        (< 2 and var d, _) => -0.5 * ((((d - 5) * d) + 8) * d - 4),
        _ => 0,
    };

    private static byte[,] Transpose(byte[,] image)
    {
        var result = new byte[image.GetLength(1), image.GetLength(0)];
        for (var y = 0; y < result.GetLength(0); y++)
        {
            for (var x = 0; x < result.GetLength(1); x++)
            {
                result[y, x] = image[x, y];
            }
        }

        return result;
    }
}
