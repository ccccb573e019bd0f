using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A number a patch as a colour between the lowest, dark, and the highest, light.</summary>
internal static class HeatColors
{
    private const double Darkest = 5;
    private const double Lightest = 96;

    /// <summary>Chroma and hue at even places from dark to light: blue-black, violet, crimson, red, orange, pale yellow.</summary>
    private static readonly (double Chroma, double Hue)[] Anchors = [(15, 290), (50, 308), (60, 352), (70, 402), (62, 433), (30, 462)];

    /// <param name="values">[g, g], any floating type.</param>
    /// <returns>The map, and the numbers that are darkest and lightest.</returns>
    public static (TokenMap Map, double Low, double High) Of(Tensor values)
    {
        using var scope = NewDisposeScope();
        var numbers = values.to(float32).cpu().contiguous().data<float>().ToArray();
        var (low, high) = (numbers.Min(), numbers.Max());
        var colors = new byte[3 * numbers.Length];
        foreach (var (i, number) in numbers.Index())
        {
            (colors[3 * i], colors[(3 * i) + 1], colors[(3 * i) + 2]) = At(high > low ? (number - low) / (high - low) : 0);
        }

        return (new TokenMap((int)values.shape[0], (int)values.shape[1], colors), low, high);
    }

    /// <summary>The colour of a share from 0, dark, to 1, light: equal steps are equally much lighter to the eye.</summary>
    public static (byte Red, byte Green, byte Blue) At(double share)
    {
        var place = Math.Clamp(share, 0, 1) * (Anchors.Length - 1);
        var below = Math.Min((int)place, Anchors.Length - 2);
        var (from, to) = (Anchors[below], Anchors[below + 1]);
        return LchColor.ToRgb(
            double.Lerp(Darkest, Lightest, place / (Anchors.Length - 1)),
            double.Lerp(from.Chroma, to.Chroma, place - below),
            double.Lerp(from.Hue, to.Hue, place - below));
    }
}
