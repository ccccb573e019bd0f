using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>What every row of a feature file is.</summary>
/// <param name="Type">float32, float16 or bfloat16.</param>
/// <param name="Shape">Sizes, outermost first: [C] for one vector an input, [N, D] for tokens.</param>
internal sealed record FeatureRow(ScalarType Type, IReadOnlyList<long> Shape)
{
    /// <summary>The tensor of so many rows.</summary>
    public TensorEntry Table(string name, long rows) => new(name, Type, [rows, .. Shape]);

    /// <summary>Numbers of one row.</summary>
    public int Numbers { get; } = checked((int)Shape.Aggregate(1L, (product, side) => checked(product * side)));

    /// <summary>Bytes of one row.</summary>
    public long Bytes => (long)Numbers * SafetensorsDTypes.Of(Type).Size;
}
