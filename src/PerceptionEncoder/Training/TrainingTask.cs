using PerceptionEncoder.Models.Common;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>What a recipe trains: model, data and objective of each stage, and what is measured.</summary>
/// <typeparam name="TModel">What the architectures build.</typeparam>
public sealed record TrainingTask<TModel>
    where TModel : nn.Module
{
    /// <summary>What a sample is called, where progress counts them.</summary>
    public string Sample { get; init; } = "image";

    /// <summary>
    /// The model of a stage; all stages have the same tensors, but for those that carry over from one input size to another.
    /// </summary>
    public required Func<StagePlan, ModelArchitecture> Model { get; init; }

    /// <summary>
    /// Called with each stage's model before it has its weights: what is frozen, and what is computed again instead of kept.
    /// </summary>
    public Action<TModel> Prepare { get; init; } = _ => { };

    /// <summary>Fills a fresh model that starts from several checkpoints, where there is neither a checkpoint nor an <c>init</c>.</summary>
    public Action<TModel> Initialize { get; init; } = _ => { };

    /// <summary>
    /// In a stage, the share of the learning rate of each parameter by its name, where 0 leaves it as it is; null for all the same.
    /// </summary>
    public Func<StagePlan, Func<string, double>>? RateShares { get; init; }

    /// <summary>What a stage is trained on.</summary>
    public required StageData Data { get; init; }

    /// <summary>What a stage's model, which is on the device, is trained for.</summary>
    public required Func<TModel, StagePlan, IObjective> Objective { get; init; }

    /// <summary>What is measured of a stage's model.</summary>
    public Func<TModel, StagePlan, IReadOnlyList<IEvaluator>> Evaluators { get; init; } = (_, _) => [];

    /// <summary>Steps between evaluations; null for at the end only.</summary>
    public long? EvaluateEvery { get; init; }

    /// <summary>Adds files that belong to the model, such as the tokenizer's, to the folder of a checkpoint.</summary>
    public Action<string> SaveBeside { get; init; } = _ => { };
}
