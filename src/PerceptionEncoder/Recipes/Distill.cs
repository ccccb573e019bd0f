using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Serilog;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Distillation [2.4, C.3]: a frozen teacher and a student encode the same pairs; the student's distributions over the batch, image to text
/// and text to image, follow the teacher's, whose logit scale is fixed. The order for small models is pretrain, distil, video.
/// </summary>
public sealed class Distill(DistillConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    /// <summary>Trains the student to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, teacher, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var run = new TrainingRun<ClipModel>(config, folder, log, display);
        var tokenizer = config.LoadTokenizer();
        using var loaded = LoadedClip.Open(config.Teacher.Checkpoint, run.Device, config.Teacher.Resolution, config.Tokenizer.Vocabulary);
        using var cache = OpenCache(loaded, run);
        var teacher = new DistillationTeacher(loaded.Model, cache);
        log.Information(
            "Teacher: {Path}{Kind:l}, {Resolution}px{Cached:l}",
            loaded.Path,
            WeightsLocation.KindInBrackets(loaded.Path),
            loaded.Model.Options.Vision.ImageSize,
            cache is null ? "" : $", {cache.Count} pairs in its cache");
        if (loaded.Origin is { } origin)
        {
            log.Information("{Path}: read from {Origin:l}", loaded.Path, origin);
        }

        if (loaded.Assumed is { } assumed)
        {
            log.Information(
                "{Path} does not name its architecture. Taken to be as in the published models: {Facts:l}",
                loaded.Path,
                assumed);
        }

        var (side, context) = (loaded.Model.Options.Vision.ImageSize, loaded.Model.Options.Text.ContextLength);
        var task = new TrainingTask<ClipModel>
        {
            Model = stage => config.ModelAt(stage.Resolution, tokenizer.VocabularySize),
            Prepare = config.Prepare,
            Data = config.ImageTextPairs(
                folder,
                tokenizer,
                stage => Math.Max(stage.Resolution, side),
                Math.Max(config.Tokenizer.Context, context),
                config.Teacher.Cache is null ? run.Device : TorchSharp.torch.CPU),      // the cache looks at the pixels
            Objective = (student, _) => new DistillationObjective(
                student,
                teacher,
                config.Teacher.LogitScale,
                config.Regularization.MaxLogitScale,
                config.Memory.LossTile),
            Evaluators = (student, _) => config.Evaluators(student, tokenizer, run, folder.World, log),
            EvaluateEvery = config.Evaluation.Every,
            SaveBeside = tokenizer.Save,
        };
        run.Train(resume, task, stop);
    }

    /// <summary>Features belong to one teacher at one input size in one precision on one kind of device.</summary>
    private FeatureCache? OpenCache(LoadedClip teacher, TrainingRun<ClipModel> run) => config.Teacher.Cache is not { } folder ? null
        : new FeatureCache(
            folder,
            $"{teacher.Hash()[..16]}-{teacher.Model.Options.Vision.ImageSize}-{run.Precision.ToString().ToLowerInvariant()}"
                + (run.Device.type == TorchSharp.DeviceType.CPU ? "" : $"-{run.Precision.Products(run.Device).Replace(' ', '-')}"),
            2 * teacher.Model.Options.Text.OutputDim);
}
