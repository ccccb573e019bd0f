using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>What an objective may know about the step it is in.</summary>
/// <param name="Step">Steps completed before this one.</param>
/// <param name="Seed">Seeds everything random in this step.</param>
/// <param name="Device">Where the model is.</param>
/// <param name="Precision">Arithmetic of matrix products; parameters stay float32.</param>
public sealed record StepContext(long Step, long Seed, Device Device, Precision Precision);
