using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Plans;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Recipes;

/// <summary>What the recipes that train both towers of a contrastive model have in their configs.</summary>
public abstract record ContrastiveTrainingConfig : TrainingConfig
{
    /// <summary>Both towers. The position grid is that of each stage's resolution.</summary>
    [KeyAfter(nameof(Run))]
    public required ModelOptions Model { get; init; }

    /// <summary>How captions become tokens; sets the text tower's vocabulary and context.</summary>
    [KeyAfter(nameof(Model))]
    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>Stage by stage, end to end.</summary>
    [KeyAfter(nameof(Data))]
    [MinLength(1, ErrorMessage = "give at least one stage")]
    public required IReadOnlyList<StageOptions> Stages { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<StageOptions> StageList => Stages;

    /// <summary>Augmentation of training images; null trains on squash-resized images.</summary>
    [KeyAfter(nameof(Data))]
    public AugmentationOptions? Augmentation { get; init; } = new();

    /// <summary>The grid at which absolute positions are learned in all stages.</summary>
    [KeyAfter(nameof(Stages))]
    public PositionGrid Positions { get; init; } = PositionGrid.Stage;

    /// <summary>What stays as it is.</summary>
    [KeyAfter(nameof(Positions))]
    public FreezeOptions Freeze { get; init; } = new();

    /// <summary>Caps and noise that keep training robust.</summary>
    [KeyAfter(nameof(Ema))]
    public RegularizationOptions Regularization { get; init; } = new();

    /// <summary>What is measured during training.</summary>
    [KeyAfter(nameof(Precision))]
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Both towers for one stage of training.</summary>
    /// <param name="resolution">Side of the stage's square input, in pixels.</param>
    /// <param name="vocabularySize">Ids of the tokenizer.</param>
    public ClipArchitecture ModelAt(int resolution, int vocabularySize) => new(
        Model.Vision with
        {
            ImageSize = resolution,
            PositionsSize = Positions == PositionGrid.Final && Stages[^1].Resolution is var final && final != resolution ? final : null,
            DropPath = Regularization.DropPath,
            PatchDropout = Regularization.PatchDropout,
        },
        Model.Text with { VocabularySize = vocabularySize, ContextLength = Tokenizer.Context });

    /// <inheritdoc/>
    public override TrainingPlan Plan()
    {
        var again = Regularization.Mask is { Weight: > 0 } mask ? mask.Share : 0;
        return TrainingPlan.Of(StagePlan.Lay(Stages), (stage, resolution) =>
            ((1 + again) * FramesOf(stage) * FlopCount.Vision(Model.Vision, resolution, resolution))
            + FlopCount.Text(Model.Text, Tokenizer.Context));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<StageDemand> Demands(int ranks, PlannedDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var isNarrow = Precision == Precision.Bf16 || (Precision == Precision.Auto && !device.IsCpu);
        var flops = Plan().Stages;
        return [.. StagePlan.Lay(Stages, ranks).Select(stage =>
        {
            var model = ModelAt(stage.Resolution, Model.Text.VocabularySize);
            var trained = model.Tensors().Where(tensor => !Freeze.Includes(tensor.Name, model))
                .Select(tensor => (tensor.Name, Elements: tensor.Shape.Aggregate(1L, (product, side) => product * side))).ToArray();
            var (pixels, frames) = (3.0 * stage.Resolution * stage.Resolution, FramesOf(stage));
            return Shared(ranks, new StageDemand
            {
                Stage = stage.Index,
                Resolution = stage.Resolution,
                Steps = stage.Steps,
                Batch = stage.Batch,
                MicroBatch = stage.MicroBatch,
                Ranks = ranks,
                FlopsPerPair = flops[stage.Index].FlopsPerPair,
                Parameters = model.ParameterCount,
                Trained = trained,
                EarlyNumbers = trained.Where(tensor => ClipTensors.IsOfBlock(tensor.Name)).Sum(tensor => tensor.Elements),
                Activations = (samples, recomputeEvery) => Activations(
                    model, stage.Resolution, samples, EncodedFrames(samples * frames), recomputeEvery, isNarrow, device.IsCpu),
                WaitingBytes = Memory.ReadTwice ? 0 : (frames * pixels) + (sizeof(long) * Tokenizer.Context),
                FeatureDimension = model.Text!.OutputDim,
                LossTile = Memory.LossTile,
                IsNarrow = isNarrow,
                IsLossLocal = Distributed.LocalLoss,
            });
        })];
    }

    /// <summary>Weights, two moments of each where none is frozen, and the average.</summary>
    public override double CheckpointBytes()
    {
        var isFrozen = Freeze is not { Vision: false, Text: false, VisionLayers: 0, TextLayers: 0 };
        var copies = (isFrozen ? 1.0 : 3) + (Ema is null ? 0 : 1);
        return new ClipArchitecture(Model.Vision, Model.Text).ParameterCount * sizeof(float) * copies;
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        for (var i = 0; i < Stages.Count; i++)
        {
            if (Stages[i].Resolution < Model.Vision.PatchSize)
            {
                yield return ($"stages[{i}].resolution", $"is smaller than a patch of {Model.Vision.PatchSize} pixels");
            }
        }

        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Checkpoint.Best is { } best && !Evaluation.Sets.Any(set => set.Name == best.Split('/')[0]))
        {
            yield return ("checkpoint.best", $"names {best}, but evaluation.sets has no set of that name");
        }

        if (Model.Vision.OutputDim != Model.Text.OutputDim)
        {
            yield return ("model", $"vision.output_dim {Model.Vision.OutputDim} and text.output_dim {Model.Text.OutputDim} must be equal");
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Warning)> Warnings()
    {
        var patch = Model.Vision.PatchSize;
        foreach (var (i, resolution) in Stages.Index().Select(stage => (stage.Index, stage.Item.Resolution)))
        {
            if (resolution % patch != 0)
            {
                yield return (
                    $"stages[{i}].resolution",
                    $"{resolution} is no multiple of the patch of {patch} pixels: {resolution % patch} rows and columns of every image are "
                    + $"not seen. Take {resolution / patch * patch} or {((resolution / patch) + 1) * patch}");
            }
        }

        foreach (var warning in base.Warnings())
        {
            yield return warning;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var input in base.Inputs(starts))
        {
            yield return input;
        }

        var vocabularySize = Model.Text.VocabularySize;
        yield return ("tokenizer.vocabulary", () => vocabularySize = LoadTokenizer().VocabularySize);
        foreach (var (i, set) in Evaluation.Sets.Index())
        {
            IReadOnlyList<string> metrics = [];
            yield return ($"evaluation.sets[{i}]", () => metrics = EvaluationSetCheck.Demand(set));

            // Where the set itself is not there, that is said already.
            if (Checkpoint.Best?.Split('/', 2) is [var named, var metric]
                && named == set.Name
                && metrics.Count > 0
                && !metrics.Contains(metric))
            {
                yield return (
                    "checkpoint.best",
                    () => throw new UserErrorException($"{Checkpoint.Best} is not measured; {set.Name} has {string.Join(", ", metrics)}."));
            }
        }

        if (Init is { } path && starts)
        {
            yield return ("init", () =>
            {
                using var weights = ModelWeights.Open(path);
                weights.CheckFits(ModelAt(Stages[0].Resolution, vocabularySize));
            });
        }
    }

    /// <summary>The tokenizer of the text tower.</summary>
    /// <exception cref="UserErrorException">It is not named, missing or damaged.</exception>
    internal ClipTokenizer LoadTokenizer()
        => ClipTokenizer.Load(Tokenizer.Vocabulary
            ?? throw new UserErrorException("name a vocabulary file or folder as tokenizer.vocabulary; pe tokenizer train makes one."));

    /// <summary>Freezes what the config says, and lets blocks be computed again.</summary>
    internal void Prepare(ClipModel model)
    {
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (Memory.RecomputeEvery, Memory.RecomputeEvery);
        Freeze.Apply(model);
    }

    /// <summary>Image–text pairs of the config's shards, augmented as it says.</summary>
    /// <param name="folder">Of the run, whose ranks share the pairs.</param>
    /// <param name="tokenizer">Of the text tower.</param>
    /// <param name="resolution">Side of a stage's square images, in pixels.</param>
    /// <param name="context">Tokens of a caption.</param>
    /// <param name="device">Where the batches are wanted.</param>
    internal StageData ImageTextPairs(
        RunFolder folder,
        ClipTokenizer tokenizer,
        Func<StagePlan, int> resolution,
        int context,
        Device device) => new(
        stage => ImageTextBatch.Noise(stage.MicroBatch, resolution(stage), context, tokenizer.VocabularySize - 1),
        (stage, position, badSamples) =>
        {
            var side = resolution(stage);
            var augmentation = new Augmentation(Augmentation ?? AugmentationOptions.None);
            var decoder = new ImageTextDecoder(
                ImageDecoders.Default,
                augmentation,
                caption => tokenizer.EncodeToContext(caption, context),
                side,
                Data.MaxPixels,
                Data.JpegScaling);
            return new DataLoader(
                Data,
                stage.MicroBatch,
                ImageTextBatch.Layout(side, context),
                decoder.Decode,
                Run.Seed,
                position,
                badSamples,
                stage.Sources,
                folder.World,
                device);
        });

    /// <summary>What is measured of a model in training, by all ranks of the run.</summary>
    internal IReadOnlyList<IEvaluator> Evaluators(
        ClipModel model,
        ClipTokenizer tokenizer,
        TrainingRun<ClipModel> run,
        World world,
        ILogger log)
    {
        var (encoder, session) = (new ClipEncoder(model, tokenizer, run.Device, run.Precision), EvaluationSession.Of(world));
        return [.. Evaluation.Sets.Select(set => PerceptionEncoder.Evaluation.Evaluators.Create(set, encoder, Say, session))];

        void Say(string line)
        {
            if (world.Writes)
            {
                log.Warning("{Message:l}", line);
            }
        }
    }

    /// <summary>Bytes of the graph of a micro-batch; that of a frozen tower holds nothing.</summary>
    private double Activations(
        ClipArchitecture model, int resolution, int captions, int images, int recomputeEvery, bool isNarrow, bool onCpu)
    {
        var count = new ActivationCount(isNarrow ? sizeof(ushort) : sizeof(float), onCpu);
        return (Freeze.Vision ? 0 : images * count.Vision(model.Vision, resolution, recomputeEvery, Freeze.VisionLayers))
            + (Freeze.Text ? 0 : captions * count.Text(model.Text!, Tokenizer.Context, recomputeEvery, Freeze.TextLayers));
    }

    /// <summary>Images of a micro-batch that are encoded at a time.</summary>
    /// <param name="frames">Of all its samples.</param>
    protected virtual int EncodedFrames(int frames) => frames;

    /// <summary>Frames of a stage's sample.</summary>
    protected virtual int FramesOf(StagePlan stage) => 1;
}
