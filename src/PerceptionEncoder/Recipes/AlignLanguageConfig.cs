using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Recipes;

/// <summary>Language alignment [4.1, B.2].</summary>
public sealed record AlignLanguageConfig : TrainingConfig
{
    internal const string Dialogue = "dialogue";

    /// <summary>PLM's: AdamW without much decay, clipped, and a cosine to a hundredth.</summary>
    public AlignLanguageConfig()
    {
        Optimizer = new OptimizerOptions
        {
            Type = OptimizerKind.Adamw, LearningRate = 1e-4, Betas = new(0.9, 0.95), WeightDecay = 0.01, ClipGradNorm = 1,
        };
        Schedule = new ScheduleOptions { FinalShare = 0.01 };
    }

    /// <summary>Encoder, projector and decoder.</summary>
    [KeyAfter(nameof(Run))]
    public required AlignedModelOptions Model { get; init; }

    /// <summary>
    /// The decoder's tokenizer: <c>tokenizer.model</c>, <c>tokenizer.json</c>, a folder with <c>vocab.json</c> and <c>merges.txt</c>, or
    /// <c>bytes</c>; null for the one beside the decoder's checkpoint.
    /// </summary>
    [KeyAfter(nameof(Model))]
    public string? Tokenizer { get; init; }

    /// <summary>What stands before every dialogue; null for the published sentence, empty for none.</summary>
    [KeyAfter(nameof(Tokenizer))]
    public string? System { get; init; }

    /// <summary>Warm-up, then alignment.</summary>
    [KeyAfter(nameof(Data))]
    [MinLength(1, ErrorMessage = "give at least one stage")]
    public required IReadOnlyList<LanguageStageOptions> Stages { get; init; }

    /// <summary>What is measured as it trains.</summary>
    public LanguageEvaluationOptions Evaluation { get; init; } = new();

    /// <inheritdoc/>
    public override IReadOnlyList<StageOptions> StageList => Stages;

    /// <inheritdoc/>
    protected override bool TakesClips => true;

    /// <inheritdoc/>
    protected override (double Rate, string Source) PublishedRate => (1e-4, "PLM's warm-up");

    /// <inheritdoc/>
    public override TrainingPlan Plan()
    {
        var shapes = Shapes();
        return TrainingPlan.Of(StagePlan.Lay(Stages), (stage, resolution) => CostOf(stage.Index, shapes).Forward(resolution)) with
        {
            Sample = Dialogue,
            IsAccumulated = true,
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<StageDemand> Demands(int ranks, PlannedDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        var shapes = Shapes();
        var isNarrow = Precision == Precision.Bf16 || (Precision == Precision.Auto && !device.IsCpu);
        var flops = Plan().Stages;
        return [.. StagePlan.Lay(Stages, ranks).Select(stage =>
        {
            var (options, model) = (Stages[stage.Index], ModelAt(stage.Index, shapes));
            var trained = model.Tensors().Where(tensor => options.Rates.ShareOf(tensor.Name) > 0)
                .Select(tensor => (tensor.Name, Elements: tensor.Shape.Aggregate(1L, (product, side) => product * side))).ToArray();
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
                EarlyNumbers = trained.Where(tensor => tensor.Name.Contains("layers.", StringComparison.Ordinal)
                    || tensor.Name.Contains("resblocks.", StringComparison.Ordinal)).Sum(tensor => tensor.Elements),
                Activations = (samples, recomputeEvery)
                    => samples * CostOf(stage.Index, shapes).Activations(recomputeEvery, isNarrow, device.IsCpu),
                FeatureDimension = 0,
                LossTile = 1,
                IsNarrow = isNarrow,
                Sample = Dialogue,
                IsAccumulated = true,
            });
        })];
    }

    /// <summary>Weights, and two moments of each that the last stage trains.</summary>
    public override double CheckpointBytes()
    {
        var model = ModelAt(Stages.Count - 1, Shapes());
        var trained = model.Tensors().Where(tensor => Stages[^1].Rates.ShareOf(tensor.Name) > 0)
            .Sum(tensor => tensor.Shape.Aggregate(1.0, (product, side) => product * side));
        return sizeof(float) * ((model.ParameterCount * (Ema is null ? 1.0 : 2)) + (2 * trained));
    }

    /// <summary>For plans: the words of a decoder from nothing are counted where its tokenizer is there.</summary>
    private AlignedShapes Shapes() => AlignedShapes.Of(
        Model,
        Model.Decoder is { Preset: null, Checkpoint: null } && Tokenizer is { } path && Path.Exists(path)
            ? LanguageTokenizers.Load(path).VocabularySize
            : null);

    private AlignedCost CostOf(int stage, AlignedShapes shapes) => new(Stages[stage], ModelAt(stage, shapes).Options);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, Action Look)> Inputs(bool starts)
    {
        foreach (var input in base.Inputs(starts))
        {
            yield return input;
        }

        if (Model.Encoder.Checkpoint is { } encoder && starts)
        {
            yield return ("model.encoder.checkpoint", () => AlignedShapes.VisionOf(encoder));
        }

        if (Model.Decoder.Checkpoint is { } decoder && starts)
        {
            yield return ("model.decoder.checkpoint", () => AlignedShapes.DecoderOf(decoder));
        }

        yield return ("tokenizer", () => LoadTokenizer());
        foreach (var (i, set) in Evaluation.Sets.Index())
        {
            yield return ($"evaluation.sets[{i}]", () => ShardOrder.Find(set.Shards));
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Checkpoint.Best is { } best
            && !Evaluation.Sets.Any(set => AnswerEvaluator.Figures.Any(figure => best == $"{set.Name}/{figure}")))
        {
            yield return (
                "checkpoint.best",
                $"{best} is not measured; sets of evaluation.sets have {string.Join(", ", AnswerEvaluator.Figures)}");
        }
    }

    /// <summary>The decoder's tokenizer.</summary>
    /// <exception cref="UserErrorException">It is not there, has no token for pictures, or knows more ids than the decoder.</exception>
    internal LanguageTokenizer LoadTokenizer()
    {
        var path = Tokenizer ?? (Model.Decoder.Checkpoint is { } decoder
            ? LoadedLanguageModel.TokenizerBeside(WeightsLocation.Find(decoder))
            : throw new UserErrorException("name the decoder's tokenizer, or bytes for single bytes."));
        var tokenizer = LanguageTokenizers.Load(path);
        if (tokenizer.ImageToken is null)
        {
            throw new UserErrorException($"{path}: has no special token for pictures (<|image|>). Name a tokenizer that has one.");
        }

        LoadedLanguageModel.CheckVocabulary(
            tokenizer,
            AlignedShapes.Of(Model, tokenizer.VocabularySize).Decoder,
            path,
            Model.Decoder.Checkpoint ?? Model.Decoder.Preset ?? "the config");
        return tokenizer;
    }

    /// <summary>The model of a stage.</summary>
    /// <param name="stage">Index from 0.</param>
    /// <param name="shapes">Of both models.</param>
    internal LanguageArchitecture ModelAt(int stage, AlignedShapes shapes)
    {
        var options = Stages[stage];
        return new LanguageArchitecture(new LanguageModelOptions
        {
            Vision = Model.Encoder.Aligned(shapes.Vision, options.Resolution, isTrained: options.Rates.Encoder > 0),
            Projector = new ProjectorOptions { Kind = Model.Projector, PoolingRatio = options.PoolingRatio },
            Decoder = shapes.Decoder,
        });
    }
}
