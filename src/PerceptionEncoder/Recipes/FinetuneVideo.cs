using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Media;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using Serilog;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Video finetuning [2.2, Tab. 19]: a pretrained model, after its cooldown on images at its final resolution, learns from clips with their
/// captions. A clip is a few frames spread evenly from first to last; each is encoded as an image is, and the mean of their features stands
/// for the clip. A stage of <c>media: image</c> is a cooldown that pretraining did not have; stages without <c>media</c> mix clips and
/// images by the sources' weights.
/// </summary>
public sealed class FinetuneVideo(FinetuneVideoConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">ffmpeg, data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var run = new TrainingRun<ClipModel>(config, folder, log, display);
        var tokenizer = config.LoadTokenizer();
        var reader = new FFmpegVideoReader(new VideoReaderOptions { Isolated = config.IsolateDecoder });
        var measured = config with { Evaluation = Evaluation(config) };
        var task = new TrainingTask<ClipModel>
        {
            Model = stage => config.ModelAt(stage.Resolution, tokenizer.VocabularySize),
            Prepare = config.Prepare,
            Data = new StageData(
                stage => Noise(stage, tokenizer),
                (stage, position, badSamples) => Open(run.Device, reader, tokenizer, stage, position, badSamples, stop)),
            Objective = (model, _) => new VideoContrastiveObjective(
                model,
                config.Regularization.MaxLogitScale,
                config.MicroFrames,
                config.Memory.LossTile),
            Evaluators = (model, _) => measured.Evaluators(model, tokenizer, run, folder.World, log),
            EvaluateEvery = config.Evaluation.Every,
            SaveBeside = tokenizer.Save,
        };
        run.Train(resume, task, stop);
    }

    private static EvaluationOptions Evaluation(FinetuneVideoConfig config)
        => config.IsolateDecoder
            ? config.Evaluation with { Sets = [.. config.Evaluation.Sets.Select(set => set with { IsolateDecoder = true })] }
            : config.Evaluation;

    private int Frames(StagePlan stage) => stage.Media == MediaKind.Image ? 1 : config.Frames;

    private Batch Noise(StagePlan stage, ClipTokenizer tokenizer)
        => ClipTextBatch.Noise(stage.MicroBatch, Frames(stage), stage.Resolution, config.Tokenizer.Context, tokenizer.VocabularySize - 1);

    private DataLoader Open(
        TorchSharp.torch.Device device,
        FFmpegVideoReader reader,
        ClipTokenizer tokenizer,
        StagePlan stage,
        DataPosition position,
        BadSamples badSamples,
        CancellationToken stop)
    {
        var augmentation = config.Augmentation ?? AugmentationOptions.None;
        var squarePixels = augmentation.CropScale is not null;
        var clips = new ClipDecoder(reader, config.Frames, squarePixels, config.Data.MaxPixels, cancellation: stop);
        var decoder = new ClipTextDecoder(
            clips,
            new Augmentation(augmentation),
            caption => tokenizer.EncodeToContext(caption, config.Tokenizer.Context),
            stage.Resolution,
            config.Data.MaxPixels,
            config.Data.JpegScaling);
        var layout = ClipTextBatch.Layout(Frames(stage), stage.Resolution, config.Tokenizer.Context);
        return new DataLoader(
            config.Data,
            stage.MicroBatch,
            layout,
            decoder.Decode,
            config.Run.Seed,
            position,
            badSamples,
            stage.Sources,
            folder.World,
            device);
    }
}
