using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// torchvision's choice of a crop: area uniform, aspect ratio log-uniform, ten tries, then the largest middle part of a valid ratio.
/// </summary>
internal static class RandomResizedCrop
{
    private const int Tries = 10;

    public static PixelBox Draw(int width, int height, Interval scale, Interval aspect, ref SampleRandom random)
    {
        var area = (double)width * height;
        var logAspect = new Interval(Math.Log(aspect.Low), Math.Log(aspect.High));
        for (var i = 0; i < Tries; i++)
        {
            var target = area * Augmentation.Uniform(scale, ref random);
            var ratio = Math.Exp(Augmentation.Uniform(logAspect, ref random));
            var w = Math.Round(Math.Sqrt(target * ratio), MidpointRounding.ToEven);
            var h = Math.Round(Math.Sqrt(target / ratio), MidpointRounding.ToEven);
            if (w > 0 && w <= width && h > 0 && h <= height)
            {
                var top = random.NextBelow(height - (int)h + 1);
                return new PixelBox(random.NextBelow(width - (int)w + 1), top, (int)w, (int)h);
            }
        }

        return LargestInTheMiddle(width, height, aspect);
    }

    private static PixelBox LargestInTheMiddle(int width, int height, Interval aspect)
    {
        var ratio = (double)width / height;
        var w = ratio > aspect.High ? AtLeastOne(height * aspect.High) : width;
        var h = ratio < aspect.Low ? AtLeastOne(width / aspect.Low) : height;
        return new PixelBox((width - w) / 2, (height - h) / 2, w, h);

        // torchvision would cut out nothing from a line of one pixel.
        static int AtLeastOne(double side) => Math.Max(1, (int)Math.Round(side, MidpointRounding.ToEven));
    }
}
