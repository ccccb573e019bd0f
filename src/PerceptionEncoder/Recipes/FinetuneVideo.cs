using PerceptionEncoder.Data;
using PerceptionEncoder.Data.Video;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Training;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Video finetuning [2.2, Tab. 19]: a pretrained model, after its cooldown on images at its final resolution, learns from clips with their captions. A clip is a few frames spread
/// evenly from first to last; each is encoded as an image is, and the mean of their features stands for the clip. A stage of <c>media: image</c> is a cooldown that pretraining did
/// not have; stages without <c>media</c> mix clips and images by the sources' weights.
/// </summary>
public sealed class FinetuneVideo(FinetuneVideoConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    private readonly StagedRun run = new(config with { Evaluation = Evaluation(config) }, folder, log, display);

    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">ffmpeg, data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var reader = new FFmpegVideoReader(new VideoReaderOptions { Isolated = config.IsolateDecoder });
        run.Train(
            resume,
            (model, _) => new VideoContrastiveObjective(model, config.Regularization.MaxLogitScale, config.MicroFrames, config.Memory.LossTile),
            new StageData(Noise, (stage, position, badSamples) => Open(reader, stage, position, badSamples, stop)),
            stop);
    }

    private static EvaluationOptions Evaluation(FinetuneVideoConfig config)
        => config.IsolateDecoder ? config.Evaluation with { Sets = [.. config.Evaluation.Sets.Select(set => set with { IsolateDecoder = true })] } : config.Evaluation;

    private int? Frames(StagePlan stage) => stage.Media == SampleMedia.Image ? null : config.Frames;

    private Batch Noise(StagePlan stage)
    {
        long[] shape = Frames(stage) is { } frames ? [stage.MicroBatch, frames, 3, stage.Resolution, stage.Resolution] : [stage.MicroBatch, 3, stage.Resolution, stage.Resolution];
        return new Batch(randint(0, 256, shape, uint8), full([stage.MicroBatch, config.Tokenizer.Context], run.Tokenizer.VocabularySize - 1, int64), new string[stage.MicroBatch], DataPosition.Start);
    }

    private DataLoader Open(FFmpegVideoReader reader, StagePlan stage, DataPosition position, BadSamples badSamples, CancellationToken stop)
    {
        var augmentation = config.Augmentation ?? AugmentationOptions.None;
        var clips = new ClipDecoder(reader, config.Frames, squarePixels: augmentation.CropScale is not null, config.Data.MaxPixels, stop);
        var decoder = new VideoTextDecoder(clips, new Augmentation(augmentation), caption => run.Tokenizer.EncodeToContext(caption, config.Tokenizer.Context), stage.Resolution, config.Data.MaxPixels);
        return new DataLoader(config.Data, stage.MicroBatch, (stage.Resolution, stage.Resolution), decoder.Decode, config.Run.Seed, position, badSamples, Frames(stage), stage.Media);
    }
}
