using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>A tensor of a PyTorch archive, and where its numbers are.</summary>
/// <param name="Name">State-dict name.</param>
/// <param name="DType">Element type.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Begin">Offset in the file of the number at index zero.</param>
/// <param name="Strides">Steps of each dimension, in numbers.</param>
/// <param name="Extent">Numbers from the first to the last that the tensor touches, both included.</param>
internal sealed record PyTorchEntry(
    string Name,
    ScalarType DType,
    IReadOnlyList<long> Shape,
    long Begin,
    IReadOnlyList<long> Strides,
    long Extent)
    : TensorEntry(Name, DType, Shape)
{
    /// <summary>Whether no other tensor of the file is a view of the same storage.</summary>
    public bool IsAlone { get; init; }

    /// <summary>Whether the numbers lie in the file as they do in a fresh tensor.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var i = Shape.Count - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}
