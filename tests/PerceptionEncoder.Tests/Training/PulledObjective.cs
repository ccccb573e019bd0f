using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

/// <summary>
/// An objective whose gradient and loss are given: what a run does to weights, moments and averages then has a closed form.
/// </summary>
/// <param name="model">Every parameter of it that trains gets the gradient.</param>
/// <param name="gradient">Of every entry, by steps completed.</param>
/// <param name="loss">By steps completed; null for 1.</param>
/// <param name="token">A parameter outside the model, such as a mask token.</param>
internal sealed class PulledObjective(
    nn.Module model,
    Func<long, double> gradient,
    Func<long, double>? loss = null,
    Parameter? token = null)
    : IObjective
{
    /// <summary>What the steps were told, in order.</summary>
    public List<StepContext> Contexts { get; } = [];

    /// <summary>Keys of the samples of each step.</summary>
    public List<string[]> Keys { get; } = [];

    public nn.Module Model => model;

    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => token is null ? [] : [("token", token)];

    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        Contexts.Add(context);
        Keys.Add([.. Enumerable.Range(0, microBatches.Count).SelectMany(_ => microBatches.Read().Keys)]);
        foreach (var parameter in model.parameters().Concat(TrainingOnly.Select(entry => entry.Parameter))
            .Where(parameter => parameter.requires_grad))
        {
            (parameter.sum() * gradient(context.Step)).backward();
        }

        return new Dictionary<string, double> { ["loss"] = loss?.Invoke(context.Step) ?? 1 };
    }

    public void AfterUpdate()
    {
    }
}
