using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Media.Images;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Tests.Tools.Benchmark;

public class ImageThroughputTests
{
    [Fact]
    public void The_rate_counts_every_file_and_both_parts_of_the_time()
    {
        var file = PngBytes.Write(4, 2, 8, PngBytes.Grey, [1, 2, 3, 4, 5, 6, 7, 8]);
        var result = ImageThroughput.Measure([file, file, file], ImageDecoders.Default, new ImageTransform(8, 8), passes: 2);

        Assert.Equal(3, result.Images);
        Assert.True(result.DecodeSeconds > 0 && result.TransformSeconds > 0);
        Assert.Equal(3 / (result.DecodeSeconds + result.TransformSeconds), result.ImagesPerSecond, 6);
    }
}
