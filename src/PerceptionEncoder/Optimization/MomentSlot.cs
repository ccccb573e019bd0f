using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>A parameter and its moments, of the parameter's shape, dtype and device.</summary>
internal sealed record MomentSlot(string Name, Parameter Parameter, double WeightDecay, double RateShare, Tensor First, Tensor Second);
