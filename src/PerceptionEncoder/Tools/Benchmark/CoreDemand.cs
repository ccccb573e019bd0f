using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>CPU cores that decode and augment for one H100 in a stage of pretraining.</summary>
/// <param name="Model">Published name.</param>
/// <param name="Resolution">Of the stage, in pixels.</param>
/// <param name="ImagesPerSecond">That the GPU trains on: an assumption, not a measurement.</param>
/// <param name="Cores">That give as many; reading shards and tokenizing captions come on top.</param>
public sealed record CoreDemand(string Model, int Resolution, double ImagesPerSecond, double Cores)
{
    /// <summary>Dense bfloat16 operations of an H100 SXM a second, by NVIDIA's data sheet.</summary>
    public const double PeakFlops = 989e12;

    /// <summary>
    /// Share of the peak that a step's own products reach (assumed). Towers that are run again, for recomputation or gradient caching, do
    /// not count as its own.
    /// </summary>
    public const double Utilization = 0.4;

    /// <summary>The resolutions of pretraining [Tab. 18].</summary>
    public static IReadOnlyList<(string Model, IReadOnlyList<int> Resolutions)> Stages { get; } =
    [
        ("PE-Core-B16-224", [112, 160, 224]),
        ("PE-Core-L14-336", [98, 154, 224, 336]),
        ("PE-Core-G14-448", [98, 154, 224, 336, 448]),
    ];

    /// <summary>Every stage of every model.</summary>
    /// <param name="imagesOfCore">Images a second that one core decodes and augments, by resolution.</param>
    public static IReadOnlyList<CoreDemand> Of(Func<int, double> imagesOfCore)
        => [.. from stages in Stages
               from resolution in stages.Resolutions
               let rate = Utilization * PeakFlops / FlopsPerPair(stages.Model, resolution)
               select new CoreDemand(stages.Model, resolution, rate, rate / imagesOfCore(resolution))];

    /// <summary>Forward and backward of both towers, masked images included: the cost of a pair in the plan of pretraining.</summary>
    internal static double FlopsPerPair(string model, int resolution)
    {
        var options = ModelPresets.FindClip(model);
        return TrainingPlan.TrainingOverForward
            * (((1 + new MaskOptions().Share) * FlopCount.Vision(options.Vision, resolution, resolution))
                + FlopCount.Text(options.Text, options.Text.ContextLength));
    }
}
