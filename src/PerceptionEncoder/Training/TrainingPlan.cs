using PerceptionEncoder.Training.Plans;
using static PerceptionEncoder.Training.Plans.PlanText;

namespace PerceptionEncoder.Training;

/// <summary>What a run will cost, from its config alone: matrix products forward and backward, stage by stage.</summary>
/// <param name="Stages">End to end, with the cost of a pair.</param>
/// <param name="Flops">Of the whole run.</param>
/// <param name="ConstantFlops">
/// Of the same samples, all at the highest resolution: what progressive resolution saves from [2.1, step 2].
/// </param>
public sealed record TrainingPlan(IReadOnlyList<(StagePlan Stage, double FlopsPerPair)> Stages, double Flops, double ConstantFlops)
{
    /// <summary>What a sample is called.</summary>
    public string Sample { get; init; } = "pair";

    /// <summary>Whether the loss is a sum over samples, so that micro-batches are encoded once.</summary>
    public bool IsAccumulated { get; init; }

    /// <summary>A training step costs the forward pass once, and twice more for the gradients of inputs and of weights.</summary>
    public const double TrainingOverForward = StepTime.Passes;

    /// <summary>Encoding without a graph before encoding with one, where micro-batches are less than the batch.</summary>
    private const double CachedOverTraining = (TrainingOverForward + 1) / TrainingOverForward;

    /// <summary>The plan of some stages.</summary>
    /// <param name="stages">End to end.</param>
    /// <param name="forward">Operations of a stage's sample forward, at a side of its input in pixels.</param>
    public static TrainingPlan Of(IReadOnlyList<StagePlan> stages, Func<StagePlan, int, double> forward)
    {
        double Pair(StagePlan stage, int resolution) => TrainingOverForward * forward(stage, resolution);
        double Samples(StagePlan stage) => (double)stage.Steps * stage.Batch;
        var highest = stages.Max(stage => stage.Resolution);
        return new TrainingPlan(
            [.. stages.Select(stage => (stage, Pair(stage, stage.Resolution)))],
            stages.Sum(stage => Samples(stage) * Pair(stage, stage.Resolution)),
            stages.Sum(stage => Samples(stage) * Pair(stage, highest)));
    }

    /// <summary>The plan as lines for people.</summary>
    /// <param name="flopsPerSecond">Measured on this machine, or null for a plan without times.</param>
    public IEnumerable<string> Describe(double? flopsPerSecond)
    {
        foreach (var (stage, pair) in Stages)
        {
            var samples = (double)stage.Steps * stage.Batch;
            var seconds = flopsPerSecond is { } rate ? SecondsPerPair(stage, pair, rate) : (double?)null;
            yield return Invariant($"  stage {stage.Index + 1}: {stage.Resolution} px, {stage.Steps:N0} steps of {stage.Batch:N0} = ")
                + Invariant($"{Count(samples)} {Sample}s, {pair / 1e9:0.##} GFLOP {Article} {Sample}, {Work(samples * pair)}")
                + (seconds is { } each ? Invariant($", {1 / each:0.#} {Sample}s/s, {Duration(samples * each)}") : "");
        }

        var saved = Flops < ConstantFlops
            ? Invariant($", {100 * Flops / ConstantFlops:0}% of the {Work(ConstantFlops)} at ")
                + Invariant($"{Stages.Max(entry => entry.Stage.Resolution)} px throughout")
            : "";
        yield return Invariant($"  in all: {Work(Flops)}") + saved
            + (flopsPerSecond is { } measured
                ? Invariant($"; {Duration(Seconds(measured))} at the {measured / 1e9:0} GFLOP/s of a measured step, without evaluation")
                : "");
    }

    private string Article => Sample[0] is 'i' ? "an" : "a";

    private double Seconds(double rate)
        => Stages.Sum(entry => (double)entry.Stage.Steps * entry.Stage.Batch * SecondsPerPair(entry.Stage, entry.FlopsPerPair, rate));

    private double SecondsPerPair(StagePlan stage, double pair, double rate)
        => pair * (stage.MicroBatches > 1 && !IsAccumulated ? CachedOverTraining : 1) / rate;
}
