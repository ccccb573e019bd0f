using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>Where <see cref="Lbfgs"/> ended.</summary>
/// <param name="Point">The minimiser, of the start's shape and dtype, in the caller's dispose scope.</param>
/// <param name="Value">The objective there.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Converged">Whether a tolerance ended it, not the limit of steps.</param>
internal sealed record LbfgsResult(Tensor Point, double Value, int Steps, bool Converged);
