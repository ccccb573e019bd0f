using CsCheck;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>
/// Each path against the same arithmetic written plainly. <c>DOTNET_EnableAVX512=0</c> and <c>DOTNET_EnableAVX2=0</c> take paths away.
/// </summary>
public class PillowResamplerTests
{
    private static readonly Gen<Func<int, int, int, byte>> Pictures = Gen.OneOf(
        Gen.Const<Func<int, int, int, byte>>((x, y, c) => Extreme(x + y + c)), // checkerboard
        Gen.Const<Func<int, int, int, byte>>((x, y, c) => Extreme(x + c)),
        Gen.Const<Func<int, int, int, byte>>((x, y, c) => Extreme((x / 2) + (y / 3))),
        Gen.Const<Func<int, int, int, byte>>((_, _, _) => 255),
        Gen.UInt.Select<uint, Func<int, int, int, byte>>(seed => (x, y, c) => Extreme((int)(Mixed(seed, x, y, c) % 2))),
        Gen.UInt.Select<uint, Func<int, int, int, byte>>(seed => (x, y, c) => (byte)Mixed(seed, x, y, c)));

    public static TheoryData<string> Paths => [.. Enum.GetNames<VectorPath>()];

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Every_path_agrees_with_the_plain_algorithm_for_every_size_box_window_and_filter(string name)
    {
        var path = Enum.Parse<VectorPath>(name);
        Skip.If(path > PillowResampler.Widest, $"this processor, or its settings, have no {name}");
        Gen.Select(Axis, Axis, Gen.Int[1, 4], Pictures, Gen.Bool.Select(cubic => cubic ? Interpolation.Bicubic : Interpolation.Bilinear))
            .Sample((x, y, channels, picture, filter) => Agrees(path, x, y, channels, picture, filter), iter: 2000);
    }

    [SkippableTheory]
    [MemberData(nameof(Paths))]
    public void Large_reductions_agree_too(string name)
    {
        var path = Enum.Parse<VectorPath>(name);
        Skip.If(path > PillowResampler.Widest, $"this processor, or its settings, have no {name}");
        var (wide, high) = (new Line(1500, 1, 1498, 70, 0, 70), new Line(700, 0, 699, 3, 1, 2));

        Assert.True(Agrees(path, wide, high, 3, (x, y, _) => Extreme((x / 90) + (y / 50)), Interpolation.Bicubic));
        Assert.True(Agrees(path, high, wide, 3, (x, y, _) => Extreme((x / 50) + (y / 90)), Interpolation.Bilinear));
    }

    private static Gen<Line> Axis => Gen.Select(Gen.Int[1, 70], Gen.Int[1, 150], Gen.Double.Unit.Array[4]).Select((input, output, shares) =>
    {
        var (from, start) = ((int)(shares[0] * input), (int)(shares[1] * output));
        return new Line(input, from, Part(shares[2], input - from), output, start, Part(shares[3], output - start));

        static int Part(double share, int most) => 1 + (int)(share * (most - 1));
    });

    private static bool Agrees(VectorPath path, Line x, Line y, int channels, Func<int, int, int, byte> picture, Interpolation filter)
    {
        var pixels = new byte[x.Input * y.Input * channels];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = picture(i / channels % x.Input, i / channels / x.Input, i % channels);
        }

        var planes = new byte[channels * x.Count * y.Count];
        PillowResampler.Resize(
            pixels,
            x.Input,
            channels,
            new PixelBox(x.From, y.From, x.Length, y.Length),
            ResampleKernel.For(x.Length, x.Output, x.Start, x.Count, filter),
            ResampleKernel.For(y.Length, y.Output, y.Start, y.Count, filter),
            planes,
            path);
        return planes.SequenceEqual(Enumerable.Range(0, channels).SelectMany(Expected));

        IEnumerable<byte> Expected(int channel)
        {
            var box = new byte[y.Length, x.Length];
            for (var row = 0; row < y.Length; row++)
            {
                for (var column = 0; column < x.Length; column++)
                {
                    box[row, column] = picture(x.From + column, y.From + row, channel);
                }
            }

            var resized = PlainResampler.Resize(box, y.Output, x.Output, filter);
            return Enumerable.Range(y.Start, y.Count)
                .SelectMany(row => Enumerable.Range(x.Start, x.Count).Select(column => resized[row, column]));
        }
    }

    private static byte Extreme(int number) => (byte)(255 * (number % 2));

    private static uint Mixed(uint seed, int x, int y, int c) => ((seed + (uint)((((x * 131) + y) * 7) + c)) * 2654435761u) >> 15;

    /// <summary>One axis of a resize: a box of the input, and a window of the output.</summary>
    private sealed record Line(int Input, int From, int Length, int Output, int Start, int Count);
}
