using System.Globalization;
using PerceptionEncoder.Evaluation.Visualization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

/// <summary>A PNG for each picture: it, its depths, and the answer, near dark and far light, on one scale.</summary>
/// <param name="folder">Made where it is missing.</param>
internal sealed class DepthSheets(string folder)
{
    /// <summary>Writes a picture's sheet.</summary>
    /// <param name="truth">Its depths; black where there is no reading.</param>
    /// <param name="answer">[h, w], metres.</param>
    public void Write(DepthMap truth, Tensor answer)
    {
        using var scope = NewDisposeScope();
        var right = truth.Metres().data<float>().ToArray();
        var given = answer.cpu().to(float32).contiguous().data<float>().ToArray();
        float[] readings = [.. right.Where(depth => depth > 0)];
        var (near, far) = readings.Length > 0 ? (readings.Min(), readings.Max()) : (given.Min(), given.Max());
        new AnswerSheet(folder).Write(
            truth.Picture,
            truth.Key.Replace('/', '-').Replace('\\', '-'),
            new SheetAnswer(
                Colors(truth.Height, truth.Width, right, near, far),
                string.Create(CultureInfo.InvariantCulture, $"{near:0.00} m dark, {far:0.00} m light")),
            new SheetAnswer(
                Colors((int)answer.shape[0], (int)answer.shape[1], given, near, far),
                string.Create(CultureInfo.InvariantCulture, $"{given.Min():0.00} m to {given.Max():0.00} m")));
    }

    private static TokenMap Colors(int height, int width, float[] depths, float near, float far)
    {
        var colors = new byte[3 * depths.Length];
        foreach (var (i, depth) in depths.Index().Where(entry => entry.Item > 0))
        {
            (colors[3 * i], colors[(3 * i) + 1], colors[(3 * i) + 2]) = HeatColors.At(far > near ? (depth - near) / (far - near) : 0);
        }

        return new TokenMap(height, width, colors);
    }
}
