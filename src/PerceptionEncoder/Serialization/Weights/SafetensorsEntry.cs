using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>A tensor of a safetensors file, and where its bytes are.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Begin">Offset of the first byte from the start of the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record SafetensorsEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Begin, long Length)
    : TensorEntry(Name, DType, Shape);
