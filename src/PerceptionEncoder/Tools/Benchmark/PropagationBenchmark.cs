using System.Diagnostics;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>Time and memory of carrying labels to one frame of a clip, beside a loop over its patches.</summary>
/// <param name="Seconds">Fastest frame.</param>
/// <param name="ExtraBytes">How far resident memory rose above the features of the frames compared with.</param>
/// <param name="LoopSeconds">Of the loop, on one core, from a part of the patches.</param>
public sealed record PropagationBenchmark(double Seconds, long ExtraBytes, double LoopSeconds)
{
    /// <summary>Patches of the frame: rows and columns.</summary>
    public required (int Rows, int Columns) Grid { get; init; }

    /// <summary>Where all but the loop was computed: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    private const int Labels = 3;
    private const int LoopPatches = 48;

    /// <summary>Measures on random features, with as many frames before the present one as the options compare.</summary>
    /// <param name="rows">Patches from top to bottom.</param>
    /// <param name="columns">Patches from left to right.</param>
    /// <param name="features">Of a patch.</param>
    /// <param name="options">How labels go on; name and data do not matter.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    /// <exception cref="UserErrorException">A count below one.</exception>
    public static PropagationBenchmark Run(
        int rows,
        int columns,
        int features,
        TrackingSetOptions options,
        ComputeOptions? compute = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (rows < 1 || columns < 1 || features < 1)
        {
            throw new UserErrorException($"bench: {rows} rows, {columns} columns and {features} features must be at least 1.");
        }

        using var held = MatmulBackend.Hold();
        var device = (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        var frame = randn(rows, columns, features).to(device);
        using var propagation = new LabelPropagation(frame, rand(rows, columns, Labels).to(device), options.Propagation);
        for (var before = 0; before < options.Last; before++)
        {
            propagation.Next(frame).Dispose();
        }

        var (seconds, bytes) = LossBenchmark.Measure(device, () => propagation.Next(frame));
        return new PropagationBenchmark(seconds, bytes, Loop(frame, options))
        {
            Grid = (rows, columns),
            Device = device.ToString(),
        };
    }

    /// <summary>What one writes first: a loop over patches, frames and neighbours.</summary>
    private static double Loop(Tensor frame, TrackingSetOptions options)
    {
        var (rows, columns, width) = ((int)frame.shape[0], (int)frame.shape[1], (int)frame.shape[2]);
        var numbers = nn.functional.normalize(frame, dim: -1).cpu().flatten().data<float>().ToArray();
        var near = options.Radius == 0 ? Math.Max(rows, columns) : (int)options.Radius;
        var step = Math.Max(1, rows * columns / LoopPatches);
        var (clock, done) = (Stopwatch.StartNew(), 0);
        for (var patch = 0; patch < rows * columns; patch += step, done++)
        {
            var best = new SortedSet<(float Cosine, int Place)>();
            for (var before = 0; before <= options.Last; before++)
            {
                for (var row = Math.Max(0, (patch / columns) - near); row <= Math.Min(rows - 1, (patch / columns) + near); row++)
                {
                    for (var column = Math.Max(0, (patch % columns) - near);
                        column <= Math.Min(columns - 1, (patch % columns) + near);
                        column++)
                    {
                        var (other, cosine) = ((row * columns) + column, 0f);
                        for (var i = 0; i < width; i++)
                        {
                            cosine += numbers[(patch * width) + i] * numbers[(other * width) + i];
                        }

                        if (best.Count < options.TopK || cosine > best.Min.Cosine)
                        {
                            best.Add((cosine, (before * rows * columns) + other));
                            if (best.Count > options.TopK)
                            {
                                best.Remove(best.Min);
                            }
                        }
                    }
                }
            }
        }

        return clock.Elapsed.TotalSeconds / done * rows * columns;
    }
}
