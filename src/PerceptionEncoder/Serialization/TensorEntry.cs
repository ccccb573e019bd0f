using TorchSharp;

namespace PerceptionEncoder.Serialization;

/// <summary>One tensor of a safetensors file: where its bytes are and how to read them.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Begin">Offset of the first byte from the start of the file.</param>
/// <param name="Length">Bytes.</param>
public sealed record TensorEntry(string Name, torch.ScalarType DType, IReadOnlyList<long> Shape, long Begin, long Length);
