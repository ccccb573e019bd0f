using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

/// <summary>Reports given values of the metric <c>score</c>, and calls back when it is asked for one.</summary>
internal sealed class ScriptedEvaluator(Action? evaluating = null, params double[] values) : IEvaluator
{
    private int calls;

    public string Name => "set";

    public IReadOnlyList<string> Metrics => ["score"];

    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        evaluating?.Invoke();
        return new EvaluationResult(
            "set",
            "scripted",
            new Dictionary<string, double> { ["score"] = values[calls++] },
            Samples: 1,
            Unreadable: 0);
    }
}
