using System.Diagnostics;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes.Benchmark;

/// <summary>How fast this machine multiplies matrices of a tower's shapes when it does nothing else.</summary>
internal static class MatmulPeak
{
    private const int Repeats = 6;

    /// <summary>
    /// Rate over the four linear layers of a block for a whole batch, each at its best of several runs, with the faster backend. Leaves the backend as it was.
    /// </summary>
    /// <returns>10^9 operations a second.</returns>
    public static double Measure(VisionOptions vision, int batch, ScalarType type)
    {
        var before = MatmulBackend.Current;
        var backends = MatmulBackend.OneDnnAvailable && type == ScalarType.Float32 ? new[] { CpuMatmul.Mkl, CpuMatmul.OneDnn } : [before];
        try
        {
            return backends.Max(backend =>
            {
                MatmulBackend.Use(backend);
                return Rate(vision, batch, type);
            });
        }
        finally
        {
            MatmulBackend.Use(before);
        }
    }

    private static double Rate(VisionOptions vision, int batch, ScalarType type)
    {
        var grid = vision.ImageSize / vision.PatchSize;
        var tokens = batch * ((grid * grid) + (vision.UseClassToken ? 1L : 0));
        long width = vision.Width;
        var hidden = (long)(width * vision.MlpRatio);
        var (operations, seconds) = (0.0, 0.0);
        foreach (var (inputs, outputs) in new[] { (width, 3 * width), (width, width), (width, hidden), (hidden, width) })
        {
            operations += 2.0 * tokens * inputs * outputs;
            seconds += Fastest(tokens, inputs, outputs, type);
        }

        return operations / seconds / 1e9;
    }

    private static double Fastest(long tokens, long inputs, long outputs, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (x, weight, bias) = (rand(tokens, inputs).to(type), rand(outputs, inputs).to(type), rand(outputs).to(type));
        var best = double.MaxValue;
        for (var run = 0; run < Repeats; run++)
        {
            var start = Stopwatch.GetTimestamp();
            nn.functional.linear(x, weight, bias).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
