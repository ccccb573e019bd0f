using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Recipes;

/// <summary>Spatial alignment [5.2, B.3.1, Tab. 21].</summary>
public sealed record AlignSpatialConfig : TrainingConfig
{
    /// <summary>The defaults of Tab. 21: a rate of 5e-4 without warm-up, and pretraining's augmentation without the crop.</summary>
    public AlignSpatialConfig()
    {
        Optimizer = new OptimizerOptions { LearningRate = 5e-4 };
        Schedule = new ScheduleOptions { WarmupSteps = 0 };
    }

    /// <summary>The student.</summary>
    [KeyAfter(nameof(Run))]
    public required SpatialStudentOptions Model { get; init; }

    /// <summary>The frozen tower; null where nothing is learned from one (<c>losses.core_weight: 0</c>).</summary>
    [KeyAfter(nameof(Model))]
    public SpatialTeacherOptions? Teacher { get; init; }

    /// <summary>The per-pixel teacher; null where nothing is learned from one (<c>losses.local_weight: 0</c>).</summary>
    [KeyAfter(nameof(Teacher))]
    public SpatialMapOptions? Maps { get; init; }

    /// <summary>What is learned: of the frozen tower alone, of the maps alone, or of both.</summary>
    [KeyAfter(nameof(Maps))]
    public SpatialOptions Losses { get; init; } = new();

    /// <summary>What is hidden from the student; null hides nothing.</summary>
    [KeyAfter(nameof(Losses))]
    public SpatialMaskOptions? Mask { get; init; } = new();

    /// <summary>Augmentation, the same for student and teachers; null for squashed images as they are.</summary>
    [KeyAfter(nameof(Data))]
    public AugmentationOptions? Augmentation { get; init; } = new() { CropScale = null };

    /// <summary>Stage by stage, end to end; one in the paper.</summary>
    [KeyAfter(nameof(Data))]
    [MinLength(1, ErrorMessage = "give at least one stage")]
    public required IReadOnlyList<StageOptions> Stages { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<StageOptions> StageList => Stages;

    /// <inheritdoc/>
    protected override (double Rate, string Source) PublishedRate => (5e-4, "Tab. 21");

    /// <summary>Whether a tower is learned from.</summary>
    internal bool HasTeacher => Losses.CoreWeight > 0 || (Losses.LocalWeight > 0 && Losses.Pairs == SpatialPairSource.Tokens);

    /// <summary>Whether maps are learned from.</summary>
    internal bool HasMaps => Losses.LocalWeight > 0 && Losses.Pairs == SpatialPairSource.Maps;

    /// <summary>Whether they lie in the shards.</summary>
    internal bool HasStoredMaps => HasMaps && Maps!.Checkpoint is null;

    private string? TeacherCheckpoint => Teacher?.Checkpoint ?? Model.Checkpoint;

    /// <inheritdoc/>
    /// <remarks>Of the towers: what SAM costs where it looks at every image is not counted.</remarks>
    public override TrainingPlan Plan()
    {
        var (student, teacher) = Shapes();
        return TrainingPlan.Of(StagePlan.Lay(Stages), (_, resolution) => Forward(student, teacher, resolution)) with
        {
            Sample = "image",
            IsAccumulated = true,
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<StageDemand> Demands(int ranks, PlannedDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var (student, teacher) = Shapes();
        var isNarrow = Precision == Precision.Bf16 || (Precision == Precision.Auto && !device.IsCpu);
        var count = new ActivationCount(isNarrow ? sizeof(ushort) : sizeof(float), device.IsCpu);
        return [.. StagePlan.Lay(Stages, ranks).Select(stage =>
        {
            var model = ModelAt(stage.Resolution, student);
            var trained = model.Tensors()
                .Select(tensor => (tensor.Name, Elements: tensor.Shape.Aggregate(1L, (product, side) => product * side))).ToArray();
            return Shared(ranks, new StageDemand
            {
                Stage = stage.Index,
                Resolution = stage.Resolution,
                Steps = stage.Steps,
                Batch = stage.Batch,
                MicroBatch = stage.MicroBatch,
                Ranks = ranks,
                FlopsPerPair = TrainingPlan.TrainingOverForward * Forward(student, teacher, stage.Resolution),
                Parameters = model.ParameterCount + (teacher is null ? 0 : new ClipArchitecture(teacher, null).ParameterCount),
                Trained = trained,
                EarlyNumbers = trained.Where(tensor => ClipTensors.IsOfBlock(tensor.Name)).Sum(tensor => tensor.Elements),
                Activations = (samples, recomputeEvery) => samples * count.Vision(model.Vision, stage.Resolution, recomputeEvery),
                FeatureDimension = 0,
                LossTile = Losses.Tile,
                IsNarrow = isNarrow,
                Sample = "image",
                IsAccumulated = true,
            });
        })];
    }

    /// <summary>Weights and two moments of each.</summary>
    public override double CheckpointBytes()
        => ModelAt(Stages[^1].Resolution, Shapes().Student).ParameterCount * sizeof(float) * (Ema is null ? 3.0 : 4);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var input in base.Inputs(starts))
        {
            yield return input;
        }

        if (Model.Checkpoint is { } student && (starts || Model.Vision is null))
        {
            yield return ("model.checkpoint", () => AlignedShapes.VisionOf(student));
        }

        if (HasTeacher)
        {
            yield return ("teacher", () => CheckTeacher());
        }

        if (HasMaps && Maps!.Checkpoint is { } maps)
        {
            yield return ("maps.checkpoint", () =>
            {
                using var weights = ModelWeights.Open(maps);
                weights.ArchitectureAs<SegmentationArchitecture>("segmentation model");
                weights.CheckTensors();
            });
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Losses is { CoreWeight: 0, LocalWeight: 0 })
        {
            yield return ("losses", "core_weight and local_weight are both 0: nothing would be learned");
        }

        if (HasMaps && Maps is null)
        {
            yield return ("maps", "say where the maps of losses.local_weight come from: maps.checkpoint names SAM 2.1's weights, "
                + "maps: {channels: 1024} takes those stored in the shards; local_weight: 0 learns from the frozen tower alone");
        }

        if (HasTeacher && (Teacher is null || TeacherCheckpoint is null))
        {
            yield return ("teacher", Teacher is null
                ? "name the layer that is learned from, as {layer: 40}; losses.core_weight: 0 learns from the maps alone"
                : "name its checkpoint, or that of the model, which it then is");
        }

        if (Teacher is { Preset: not null, Checkpoint: null })
        {
            yield return ("teacher.preset", "names another teacher than the student: name its checkpoint too");
        }

        if (Checkpoint.Best is not null)
        {
            yield return ("checkpoint.best", "nothing is measured as it trains: leave it out, and compare with pe eval afterwards");
        }
    }

    /// <summary>The student of a stage.</summary>
    /// <param name="resolution">Side of its square input, in pixels.</param>
    /// <param name="shape">Of the tower before alignment.</param>
    internal ClipArchitecture ModelAt(int resolution, VisionOptions shape) => new(Model.Aligned(shape, resolution), null);

    /// <summary>The towers before alignment; no teacher where nothing is learned from one.</summary>
    /// <exception cref="UserErrorException">A checkpoint is missing or another kind of model.</exception>
    internal (VisionOptions Student, VisionOptions? Teacher) Shapes()
    {
        var student = Model.Vision ?? AlignedShapes.VisionOf(Model.Checkpoint!);
        return (student, HasTeacher
            ? Teacher!.Preset is { } preset ? ModelPresets.Find(preset).Vision
                : Teacher.Checkpoint is null && Model.Vision is { } own ? own
                : AlignedShapes.VisionOf(TeacherCheckpoint!)
            : null);
    }

    /// <summary>The teacher's file.</summary>
    internal string TeacherPath => TeacherCheckpoint!;

    private void CheckTeacher()
    {
        var tower = AlignedShapes.VisionOf(TeacherPath);
        if (Teacher!.Preset is { } preset && ModelPresets.Find(preset).Vision is var named
            && (named.Width, named.Layers, named.PatchSize) != (tower.Width, tower.Layers, tower.PatchSize))
        {
            throw new UserErrorException(
                $"{TeacherPath}: is {tower.Width} wide with {tower.Layers} layers and patches of {tower.PatchSize}, "
                + $"and teacher.preset {preset} {named.Width} with {named.Layers} and of {named.PatchSize}.");
        }

        if (Teacher.Layer >= tower.Layers || Teacher.Layer < -tower.Layers)
        {
            throw new UserErrorException($"{TeacherPath}: has layers 0 to {tower.Layers - 1}, and teacher.layer is {Teacher.Layer}.");
        }

        var student = Shapes().Student;
        foreach (var resolution in Stages.Select(stage => stage.Resolution))
        {
            var (own, other) = (resolution / student.PatchSize, (Teacher.Resolution ?? resolution) / tower.PatchSize);
            if (own != other)
            {
                throw new UserErrorException($"{TeacherPath}: sees {other} patches a side and the student {own} at {resolution} px. "
                    + $"Set teacher.resolution: {own * tower.PatchSize}.");
            }
        }
    }

    /// <summary>Operations forward; of the teacher the share that makes a training step's three passes right.</summary>
    private double Forward(VisionOptions student, VisionOptions? teacher, int resolution)
    {
        var taught = teacher is null ? 0 : FlopCount.Vision(
            teacher with
            {
                Layers = Teacher!.Layer < 0 ? teacher.Layers + Teacher.Layer + 1 : Teacher.Layer + 1,
                Pooling = Pooling.None,
                OutputDim = null,
            },
            Teacher.Resolution ?? resolution,
            Teacher.Resolution ?? resolution);
        return FlopCount.Vision(Model.Aligned(student, resolution), resolution, resolution)
            + (taught / TrainingPlan.TrainingOverForward);
    }
}
