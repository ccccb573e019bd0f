using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>Published tensors in the arrangement of another layout.</summary>
internal static class LayoutExport
{
    /// <summary>Names and values as the layout has them. The tensors are views of the given ones where they can be.</summary>
    /// <param name="layout">Where they go.</param>
    /// <param name="tensors">By published name.</param>
    /// <returns>The tensors, and the published names of those that the layout has no place for.</returns>
    public static (IReadOnlyList<(string Name, Tensor Tensor)> Tensors, IReadOnlyList<string> LeftOut) Arrange(
        NameMap layout,
        IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(tensors);
        var arranged = new List<(string, Tensor)>();
        var leftOut = new List<string>();
        foreach (var (name, tensor) in tensors)
        {
            if (layout.TryToOther(name) is not { } other)
            {
                leftOut.Add(name);
                continue;
            }

            var parts = other.Rule.How switch
            {
                Rearrangement.OneLeadingDimension => [tensor.unsqueeze(0)],
                Rearrangement.TwoLeadingDimensions => [tensor.unsqueeze(0).unsqueeze(0)],
                Rearrangement.Transposed => [tensor.t()],
                Rearrangement.QueryApart => tensor.split([tensor.shape[0] / 3, tensor.shape[0] - (tensor.shape[0] / 3)], 0),
                Rearrangement.RotaryHalves => [RotaryRows.ToHalves(
                    tensor,
                    layout.HeadSize ?? throw new ArgumentException("The layout is of no one model.", nameof(layout)))],
                _ => new[] { tensor },
            };
            arranged.AddRange(other.Names.Zip(parts));
            if (layout.WrittenTwice is { } copy && layout.OriginalOf(copy) == other.Names[0])
            {
                arranged.Add((copy, tensor));
            }

            if (other.Rule.How == Rearrangement.Transposed && layout.ZeroBias is { } bias)
            {
                arranged.Add((bias, zeros(tensor.shape[1], tensor.dtype)));
            }
        }

        return (arranged, leftOut);
    }
}
