using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A number a patch as a colour between the lowest, dark, and the highest, light.</summary>
internal static class HeatColors
{
    private static readonly ScottPlot.Colormaps.Inferno Scale = new();

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
            var color = Scale.GetColor(high > low ? (number - low) / (high - low) : 0);
            (colors[3 * i], colors[(3 * i) + 1], colors[(3 * i) + 2]) = (color.R, color.G, color.B);
        }

        return (new TokenMap((int)values.shape[0], (int)values.shape[1], colors), low, high);
    }
}
