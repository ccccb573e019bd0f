using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Media;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>Video finetuning [2.2, Tab. 19].</summary>
public sealed record FinetuneVideoConfig : ContrastiveTrainingConfig
{
    /// <summary>The defaults of Tab. 19: a rate of 1e-6, no mask regularisation.</summary>
    public FinetuneVideoConfig() => Optimizer = new OptimizerOptions { LearningRate = 1e-6 };

    /// <summary>Frames of a clip, spread evenly from first to last [Tab. 19].</summary>
    [Range(1, 1000)]
    public int Frames { get; init; } = 8;

    /// <summary>
    /// Frames encoded at a time, where those of a micro-batch's clips do not fit in memory together; null for all. The gradient is the
    /// same.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int? MicroFrames { get; init; }

    /// <summary>Decode clips in child processes only, those of evaluation too: for files from strangers.</summary>
    public bool IsolateDecoder { get; init; }

    /// <inheritdoc/>
    protected override bool TakesClips => true;

    /// <inheritdoc/>
    protected override (double Rate, string Source) PublishedRate => (1e-6, "Tab. 19");

    /// <inheritdoc/>
    protected override int FramesOf(StagePlan stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return stage.Media == MediaKind.Image ? 1 : Frames;
    }

    /// <inheritdoc/>
    protected override int EncodedFrames(int frames) => Math.Min(frames, MicroFrames ?? frames);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Action Look)> Inputs(bool starts)
        => base.Inputs(starts).Append(("ffmpeg", () => _ = new FFmpegVideoReader()));

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Init is null)
        {
            yield return ("init", "name the checkpoint that is finetuned");
        }

        if (Regularization.Mask is not null)
        {
            yield return ("regularization.mask", "belongs to pretraining; video finetuning has none");
        }
    }
}
