using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Serilog;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>
/// Spatial alignment [5.2, B.3.1]: the last layer of a tower keeps the directions that its own frozen inner layer gave to every token, and
/// takes over which places of an image belong together from the mask logits of SAM 2.1. What comes out is the tower: tokens of its last
/// layer that know places.
/// </summary>
public sealed class AlignSpatial(AlignSpatialConfig config, RunFolder folder, ILogger log, Action<TrainingProgress> display)
{
    /// <summary>Trains to the end of the last stage.</summary>
    /// <param name="resume">Continue from the run's last checkpoint; without one, start.</param>
    /// <param name="stop">Saves a checkpoint, then throws.</param>
    /// <exception cref="UserErrorException">Data, weights, checkpoint or disk prevent the run; earlier checkpoints are intact.</exception>
    /// <exception cref="OperationCanceledException">Stopped on request.</exception>
    public void Run(bool resume, CancellationToken stop)
    {
        var run = new TrainingRun<VisionTransformer>(config, folder, log, display);
        var shapes = config.Shapes();
        using var frozen = config.HasTeacher ? OpenTeacher(run) : null;
        using var segmenter = config is { HasMaps: true, Maps.Checkpoint: { } sam } ? OpenSegmenter(sam, run) : null;
        var maps = segmenter is null ? null : new PromptedMaps(segmenter, config.Maps!.PointsPerSide);
        var task = new TrainingTask<VisionTransformer>
        {
            Model = stage => config.ModelAt(stage.Resolution, shapes.Student),
            Prepare = student => student.RecomputeEvery = config.Memory.RecomputeEvery,
            Initialize = student => AlignedWeights.Load(student, config.Model, log),
            Data = new StageData(
                stage => DenseBatch.Noise(stage.MicroBatch, Side(stage), Channels, Grid(stage, shapes.Student)),
                (stage, position, badSamples) => new DataLoader(
                    config.HasStoredMaps ? TeacherMap.ReadWith(config.Data) : config.Data,
                    stage.MicroBatch,
                    DenseBatch.Layout(Side(stage), Channels, Grid(stage, shapes.Student)),
                    new DenseDecoder(
                        ImageDecoders.Default,
                        new Augmentation(config.Augmentation ?? AugmentationOptions.None),
                        Side(stage),
                        config.Data.MaxPixels,
                        config.Data.JpegScaling,
                        Channels,
                        Grid(stage, shapes.Student)).Decode,
                    config.Run.Seed,
                    position,
                    badSamples,
                    stage.Sources,
                    folder.World,
                    run.Device)),
            Objective = (student, _) => new SpatialObjective(
                student,
                config.Losses,
                frozen is null ? null : new SpatialTeacher(frozen, config.Teacher!.Layer, config.Teacher.Resolution),
                MaskOf(student, run.Device),
                frozen is null ? null : ProjectionOf(student, frozen, run.Device),
                maps),
        };
        run.Train(resume, task, stop);
    }

    /// <summary>Channels of stored maps; 0 where batches have none.</summary>
    private int Channels => config.HasStoredMaps ? config.Maps!.Channels : 0;

    /// <summary>Images are decoded once, at the larger of the towers' sizes.</summary>
    private int Side(StagePlan stage) => Math.Max(stage.Resolution, config.HasTeacher ? config.Teacher!.Resolution ?? 0 : 0);

    private static int Grid(StagePlan stage, VisionOptions student) => stage.Resolution / student.PatchSize;

    private SpatialMask? MaskOf(VisionTransformer student, Device device)
    {
        var mask = config.Mask is { } options ? new SpatialMask(options, student.Options.Width) : null;
        mask?.to(device);
        return mask;
    }

    private SpatialProjection? ProjectionOf(VisionTransformer student, VisionTransformer teacher, Device device)
    {
        var (own, other) = (student.Options.Width, teacher.Options.Width);
        var projection = own != other && config.Losses.CoreWeight > 0 ? new SpatialProjection(own, other) : null;
        projection?.to(device);
        return projection;
    }

    private VisionTransformer OpenTeacher(TrainingRun<VisionTransformer> run)
    {
        using var weights = ModelWeights.Open(config.TeacherPath);
        AlignedWeights.Say(log, "Teacher", weights);
        var tower = weights.ArchitectureAs<ClipArchitecture>("contrastive model or its vision tower").VisionAlone;
        return (VisionTransformer)weights.Load(tower, run.Device);
    }

    private Segmenter OpenSegmenter(string checkpoint, TrainingRun<VisionTransformer> run)
    {
        using var weights = ModelWeights.Open(checkpoint);
        AlignedWeights.Say(log, "Maps", weights);
        return Segmenter.Of(weights, run.Device, run.Precision.TypeOn(run.Device), config.Maps!.ImageSize, config.Maps.PromptsAtOnce);
    }
}
