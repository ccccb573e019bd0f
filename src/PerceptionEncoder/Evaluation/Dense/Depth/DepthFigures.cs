using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>Errors of depths, pixel by pixel.</summary>
/// <param name="Within1">δ1: share of depths within a factor of 1.25 of the truth.</param>
/// <param name="Within2">δ2: within 1.25².</param>
/// <param name="Within3">δ3: within 1.25³.</param>
/// <param name="Relative">Mean of |difference| / truth.</param>
/// <param name="RootMeanSquare">In metres.</param>
/// <param name="Log10">Mean of |difference of the decimal logarithms|.</param>
/// <param name="RootMeanSquareLog">Of the natural logarithms.</param>
/// <param name="ScaleInvariantLog">100 times the standard deviation of the difference of the natural logarithms.</param>
/// <param name="SquaredRelative">Mean of difference² / truth, in metres.</param>
/// <param name="Absolute">Mean of |difference|, in metres.</param>
internal sealed record DepthFigures(
    double Within1,
    double Within2,
    double Within3,
    double Relative,
    double RootMeanSquare,
    double Log10,
    double RootMeanSquareLog,
    double ScaleInvariantLog,
    double SquaredRelative,
    double Absolute)
{
    /// <summary>Published names of the figures.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. new DepthFigures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0).Named().Keys];

    /// <summary>Of depths that are all valid.</summary>
    /// <param name="truth">float64 [n].</param>
    /// <param name="prediction">float64 [n], above zero.</param>
    public static DepthFigures Of(Tensor truth, Tensor prediction)
    {
        using var scope = NewDisposeScope();
        var factor = maximum(truth / prediction, prediction / truth);
        var difference = prediction - truth;
        var logarithm = prediction.log() - truth.log();
        var (square, middle) = (Mean(logarithm.pow(2)), Mean(logarithm));
        return new DepthFigures(
            Mean(factor < 1.25),
            Mean(factor < 1.25 * 1.25),
            Mean(factor < 1.25 * 1.25 * 1.25),
            Mean(difference.abs() / truth),
            Math.Sqrt(Mean(difference.pow(2))),
            Mean(logarithm.abs()) / Math.Log(10),
            Math.Sqrt(square),
            100 * Math.Sqrt(Math.Max(0, square - (middle * middle))),
            Mean(difference.pow(2) / truth),
            Mean(difference.abs()));
    }

    /// <summary>Each figure's mean: images count alike, however many of their pixels are valid.</summary>
    public static DepthFigures Mean(IReadOnlyCollection<DepthFigures> images) => new(
        images.Average(each => each.Within1),
        images.Average(each => each.Within2),
        images.Average(each => each.Within3),
        images.Average(each => each.Relative),
        images.Average(each => each.RootMeanSquare),
        images.Average(each => each.Log10),
        images.Average(each => each.RootMeanSquareLog),
        images.Average(each => each.ScaleInvariantLog),
        images.Average(each => each.SquaredRelative),
        images.Average(each => each.Absolute));

    /// <summary>Under their published names.</summary>
    public IReadOnlyDictionary<string, double> Named() => new Dictionary<string, double>(StringComparer.Ordinal)
    {
        ["a1"] = Within1,
        ["a2"] = Within2,
        ["a3"] = Within3,
        ["abs_rel"] = Relative,
        ["rmse"] = RootMeanSquare,
        ["log_10"] = Log10,
        ["rmse_log"] = RootMeanSquareLog,
        ["silog"] = ScaleInvariantLog,
        ["sq_rel"] = SquaredRelative,
        ["mae"] = Absolute,
    };

    private static double Mean(Tensor values) => values.to(float64).mean().item<double>();
}
