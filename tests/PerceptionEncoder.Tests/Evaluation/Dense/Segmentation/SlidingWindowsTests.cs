using CsCheck;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Segmentation;

public class SlidingWindowsTests
{
    public SlidingWindowsTests() => TorchRuntime.Initialize();

    [Fact]
    public void Windows_cover_every_pixel_and_lie_within()
        => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 20], Gen.Int[1, 20]).Sample((height, width, side, stride) =>
        {
            var windows = SlidingWindows.Of(height, width, side, Math.Min(stride, Math.Min(side, Math.Min(height, width))));
            var seen = new bool[height, width];
            foreach (var window in windows)
            {
                Assert.True(window.Left >= 0 && window.Top >= 0);
                for (var y = window.Top; y < window.Top + window.Height; y++)
                {
                    for (var x = window.Left; x < window.Left + window.Width; x++)
                    {
                        seen[y, x] = true;
                    }
                }
            }

            Assert.DoesNotContain(false, seen.Cast<bool>());
        });

    [Fact]
    public void What_every_window_says_of_a_pixel_is_its_mean()
    {
        var before = LiveTensors.Count();
        using (NewDisposeScope())
        {
            var picture = rand(1, 2, 9, 14);
            var windows = SlidingWindows.Of(9, 14, 5, 3);
            var mean = SlidingWindows.Average(9, 14, windows, Part);
            Assert.True(mean.allclose(picture));

            Tensor Part(PixelBox box) => picture.narrow(2, box.Top, box.Height).narrow(3, box.Left, box.Width).clone();
        }

        Assert.Equal(before, LiveTensors.Count());
    }
}
