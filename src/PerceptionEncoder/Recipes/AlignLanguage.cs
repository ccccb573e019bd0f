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
        config.DemandVocabulary(tokenizer, shapes);
        var task = new TrainingTask<LanguageModel>
        {
            Model = stage => config.ModelAt(stage.Index, shapes),
            Prepare = model => (model.RecomputeEvery, model.VisionModel!.RecomputeEvery)
                = (config.Memory.RecomputeEvery, config.Memory.RecomputeEvery),
            Initialize = model => AlignedWeights.Load(model, config.Model, log),
            RateShares = stage => config.Stages[stage.Index].Rates.ShareOf,
            Data = config.Dialogues(folder, tokenizer, shapes, run.Device),
            Objective = (model, stage) => new LanguageObjective(model, tokenizer.ImageToken!.Value, config.Stages[stage.Index].RowLength),
            EvaluateEvery = config.Evaluation.Every,
            SaveBeside = tokenizer.Save,
        };
        run.Train(resume, task, stop);
    }
}
