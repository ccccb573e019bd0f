using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Training;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Language alignment [4.1, B.2]: a tower cut behind the layer that speaks best to a language model, a projector, and the language model,
/// trained on answers to questions about pictures. First the projector alone, then all parts. What is wanted of it is the tower.
/// </summary>
public sealed class AlignLanguage(AlignLanguageConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, weights, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var run = new TrainingRun<LanguageModel>(config, folder, log, display);
        var tokenizer = config.LoadTokenizer();
        var shapes = AlignedShapes.Of(config.Model, tokenizer.VocabularySize);
        var imageToken = tokenizer.ImageToken!.Value;
        var reader = config.Data.Train.Any(source => source.Media == MediaKind.Video) ? new FFmpegVideoReader() : null;
        var task = new TrainingTask<LanguageModel>
        {
            Sample = AlignLanguageConfig.Dialogue,
            Model = stage => config.ModelAt(stage.Index, shapes),
            Prepare = model => (model.RecomputeEvery, model.VisionModel!.RecomputeEvery)
                = (config.Memory.RecomputeEvery, config.Memory.RecomputeEvery),
            Initialize = model => AlignedWeights.Load(model, config.Model, log),
            RateShares = stage => config.Stages[stage.Index].Rates.ShareOf,
            Data = new StageData(
                stage => Noise(stage, shapes, imageToken),
                (stage, position, badSamples) => Open(run.Device, reader, tokenizer, shapes, stage, position, badSamples, stop)),
            Objective = (model, stage) => new LanguageObjective(model, imageToken, config.Stages[stage.Index].RowLength),
            SaveBeside = tokenizer.Save,
        };
        run.Train(resume, task, stop);
    }

    private Batch Noise(StagePlan stage, AlignedShapes shapes, int imageToken)
    {
        var options = config.Stages[stage.Index];
        return DialogueBatch.Noise(
            stage.MicroBatch,
            options.Context,
            options.Chunks,
            stage.Resolution,
            imageToken,
            config.ModelAt(stage.Index, shapes).Options.VisualTokens(),
            id: 0);
    }

    private DataLoader Open(
        Device device,
        FFmpegVideoReader? reader,
        LanguageTokenizer tokenizer,
        AlignedShapes shapes,
        StagePlan stage,
        DataPosition position,
        BadSamples badSamples,
        CancellationToken stop)
    {
        var options = config.Stages[stage.Index];
        var decoder = new DialogueDecoder(
            new ChatFormat(tokenizer, options.Format, config.System).Training,
            new ImageTiling(stage.Resolution, options.Tiles),
            config.ModelAt(stage.Index, shapes).Options.VisualTokens(),
            options.Context,
            options.Chunks,
            reader is null ? null
                : new ClipDecoder(reader, options.Frames, maximumPixels: config.Data.MaxPixels, sampled: true, cancellation: stop),
            config.Data.MaxPixels);
        return new DataLoader(
            config.Data,
            stage.MicroBatch,
            DialogueBatch.Layout(options.Context, options.Chunks, stage.Resolution),
            decoder.Decode,
            config.Run.Seed,
            position,
            badSamples,
            stage.Sources,
            folder.World,
            device);
    }
}
