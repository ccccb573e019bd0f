using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>A trial of a line search.</summary>
/// <param name="Step">How far along the direction.</param>
/// <param name="Value">The objective there.</param>
/// <param name="Slope">Its derivative along the direction.</param>
/// <param name="Gradient">Its gradient.</param>
internal sealed record WolfePoint(double Step, double Value, double Slope, Tensor Gradient);
