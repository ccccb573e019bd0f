using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.NameMaps;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>What differs between two checkpoints, tensor by tensor, under the published names whatever their layouts.</summary>
public sealed record CheckpointComparison(
    IReadOnlyList<string> OnlyFirst,
    IReadOnlyList<string> OnlySecond,
    IReadOnlyList<TensorDifference> Different,
    int Same)
{
    /// <summary>Reads both and compares every tensor that both have.</summary>
    /// <param name="first">A checkpoint.</param>
    /// <param name="second">Another.</param>
    /// <exception cref="UserErrorException">One cannot be read.</exception>
    public static CheckpointComparison Of(string first, string second)
    {
        using var a = ModelFamilies.Open(first);
        using var b = ModelFamilies.Open(second);
        var common = a.Entries.Keys.Where(b.Entries.ContainsKey).ToArray();
        var differences = common.Select(name => Compare(name, a, b)).OfType<TensorDifference>()
            .OrderByDescending(difference => difference.Relative ?? double.PositiveInfinity).ToArray();
        return new CheckpointComparison(
            [.. a.Entries.Keys.Where(name => !b.Entries.ContainsKey(name))],
            [.. b.Entries.Keys.Where(name => !a.Entries.ContainsKey(name))],
            differences,
            common.Length - differences.Length);
    }

    private static TensorDifference? Compare(string name, PublishedTensorFile a, PublishedTensorFile b)
    {
        var (left, right) = (a.Entries[name], b.Entries[name]);
        if (!left.Shape.SequenceEqual(right.Shape))
        {
            return new TensorDifference(name, left.ShapeText, right.ShapeText, null, null);
        }

        using var scope = NewDisposeScope();
        var (x, y) = (a.Read(name).to(float64), b.Read(name).to(float64));
        var difference = x - y;
        if (difference.numel() == 0 || difference.count_nonzero().item<long>() == 0)
        {
            return null;
        }

        var scale = x.norm().item<double>();
        var largest = difference.abs().max().item<double>();
        return new TensorDifference(
            name,
            left.ShapeText,
            right.ShapeText,
            largest,
            scale > 0 ? difference.norm().item<double>() / scale : double.PositiveInfinity);
    }
}
