using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Training;
using Serilog;

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
        var showsClips = config.Data.Train.Any(source => source.Media == MediaKind.Video)
            || config.Evaluation.Sets.Any(set => set.Media == MediaKind.Video);
        var reader = showsClips ? new FFmpegVideoReader() : null;
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
                (stage, position, badSamples) => new DataLoader(
                    config.Data,
                    stage.MicroBatch,
                    LayoutOf(stage),
                    Decoder(reader, tokenizer, shapes, stage, config.Stages[stage.Index].Format, stop).Decode,
                    config.Run.Seed,
                    position,
                    badSamples,
                    stage.Sources,
                    folder.World,
                    run.Device)),
            Evaluators = (model, stage) => [.. config.Evaluation.Sets.Select(set => new AnswerEvaluator(
                set,
                model,
                Decoder(reader, tokenizer, shapes, stage, ChatFormatKind.Sft, stop),
                LayoutOf(stage),
                imageToken)
            {
                Device = run.Device,
                Precision = run.Precision,
                World = folder.World,
                Log = line => log.Warning("{Message:l}", line),
            })],
            EvaluateEvery = config.Evaluation.Every,
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

    private BatchLayout LayoutOf(StagePlan stage)
        => DialogueBatch.Layout(config.Stages[stage.Index].Context, config.Stages[stage.Index].Chunks, stage.Resolution);

    private DialogueDecoder Decoder(
        FFmpegVideoReader? reader,
        LanguageTokenizer tokenizer,
        AlignedShapes shapes,
        StagePlan stage,
        ChatFormatKind format,
        CancellationToken stop)
    {
        var options = config.Stages[stage.Index];
        return new DialogueDecoder(
            new ChatFormat(tokenizer, format, config.System).Training,
            new ImageTiling(stage.Resolution, options.Tiles),
            config.ModelAt(stage.Index, shapes).Options.VisualTokens(),
            options.Context,
            options.Chunks,
            reader is null ? null
                : new ClipDecoder(reader, options.Frames, maximumPixels: config.Data.MaxPixels, sampled: true, cancellation: stop),
            config.Data.MaxPixels)
        {
            IsBlind = config.Model.Blind,
        };
    }
}
