using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Training;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Robust image pretraining [2.1]: a contrastive model trained at progressive resolution on image–text pairs, weights and position
/// embeddings carried from stage to stage. 2D RoPE and attention pooling are the model's, LAMB the optimiser's, augmentation the data's:
/// what is left of the nine steps is here.
/// </summary>
public sealed class Pretrain(PretrainConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var run = new TrainingRun<ClipModel>(config, folder, log, display);
        var tokenizer = config.LoadTokenizer();
        var task = new TrainingTask<ClipModel>
        {
            Model = stage => config.ModelAt(stage.Resolution, tokenizer.VocabularySize),
            Prepare = config.Prepare,
            Data = config.ImageTextPairs(folder, tokenizer, stage => stage.Resolution, config.Tokenizer.Context, run.Device),
            Objective = (model, _) => new ContrastiveObjective(
                model,
                config.Regularization.MaxLogitScale,
                Mask(model, run.Device),
                config.Memory.LossTile,
                config.Distributed.LocalLoss),
            Evaluators = (model, _) => config.Evaluators(model, tokenizer, run, folder.World, log),
            EvaluateEvery = config.Evaluation.Every,
            SaveBeside = tokenizer.Save,
        };
        run.Train(resume, task, stop);
    }

    private MaskedTokenAlignment? Mask(ClipModel model, Device device)
    {
        var mask = config.Regularization.Mask is { } options ? new MaskedTokenAlignment(options, model.Options.Vision.Width) : null;
        mask?.to(device);
        return mask;
    }
}
