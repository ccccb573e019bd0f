using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>One tensor of a weights file.</summary>
/// <param name="Name">State-dict name, as the file spells it.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
public record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape)
{
    /// <summary>How many numbers the tensor has.</summary>
    public long Numbers => Shape.Aggregate(1L, (product, side) => product * side);

    /// <summary>Bytes of its values.</summary>
    public long Bytes => Numbers * SafetensorsDTypes.Of(DType).Size;

    /// <summary>The shape as people write it, such as <c>[768, 768]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";
}
