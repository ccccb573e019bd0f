using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>Names and shapes as if they were in a file; there are no values.</summary>
internal sealed class DescribedTensors(IEnumerable<(string Name, long[] Shape)> tensors) : TensorFile("described.pt")
{
    public override IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; } = tensors.ToDictionary(
        tensor => tensor.Name,
        tensor => new TensorEntry(tensor.Name, float32, tensor.Shape));

    private protected override void CopyInto(TensorEntry entry, Tensor target) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
    }
}
