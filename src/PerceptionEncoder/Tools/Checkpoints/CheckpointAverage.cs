using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>
/// A weighted mean of checkpoints of one architecture: between a model and its finetuned self it keeps most of what both can do (WiSE-FT,
/// arXiv 2109.01903), over several finetuned ones it is a model soup (arXiv 2203.05482).
/// </summary>
public static class CheckpointAverage
{
    private const double Tolerance = 1e-6;

    /// <summary>Averages in float64 and writes in the element type of the first, under Meta's names.</summary>
    /// <param name="inputs">At least two checkpoints, of any layout.</param>
    /// <param name="weights">One for each input, with sum 1; empty for equal ones.</param>
    /// <param name="output">The file to write.</param>
    /// <exception cref="UserErrorException">The weights do not fit, or the checkpoints differ in a tensor's name or shape.</exception>
    public static void Write(IReadOnlyList<string> inputs, IReadOnlyList<double> weights, string output)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(weights);
        var shares = Shares(inputs.Count, weights);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var sums = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var types = new Dictionary<string, ScalarType>(StringComparer.Ordinal);
        ModelArchitecture? first = null;
        for (var i = 0; i < inputs.Count; i++)
        {
            using var checkpoint = ModelWeights.Open(inputs[i]);
            checkpoint.CheckTensors();
            first ??= checkpoint.Architecture;
            CheckSame(inputs[0], first, checkpoint);
            foreach (var (name, entry) in checkpoint.Tensors.Entries)
            {
                using var inner = NewDisposeScope();
                var share = checkpoint.Tensors.Read(name).to(float64).mul_(shares[i]);
                if (sums.TryGetValue(name, out var sum))
                {
                    sum.add_(share);
                }
                else
                {
                    sums[name] = share.MoveToOuterDisposeScope();
                    types[name] = entry.DType;
                }
            }
        }

        var (tensors, _) = LayoutExport.Arrange(first!.OwnLayout, [.. sums.Select(entry => (entry.Key, entry.Value.to(types[entry.Key])))]);
        WeightsWriter.Write(
            output,
            WeightsWriter.FormatOf(output),
            tensors,
            new Dictionary<string, string>(first.Metadata) { ["format"] = "pt" });
    }

    private static double[] Shares(int inputs, IReadOnlyList<double> weights)
    {
        if (inputs < 2)
        {
            throw new UserErrorException("checkpoint average: name at least two checkpoints.");
        }

        if (weights.Count == 0)
        {
            return [.. Enumerable.Repeat(1.0 / inputs, inputs)];
        }

        return weights.Count != inputs
            ? throw new UserErrorException($"--weights: {weights.Count} weights for {inputs} checkpoints. Give one for each.")
            : Math.Abs(weights.Sum() - 1) > Tolerance
                ? throw new UserErrorException($"--weights: they add up to {weights.Sum():0.######}, not 1. Scale them.")
            : [.. weights];
    }

    private static void CheckSame(string firstPath, ModelArchitecture first, ModelWeights other)
    {
        var wanted = first.Tensors().ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        var shapes = wanted.Where(
            tensor => !other.Tensors.Entries.TryGetValue(tensor.Key, out var found) || !found.Shape.SequenceEqual(tensor.Value))
            .Select(tensor => $"{tensor.Key} is [{string.Join(", ", tensor.Value)}] "
                + $"there and {(other.Tensors.Entries.TryGetValue(tensor.Key, out var found) ? found.ShapeText : "missing")} here")
            .Concat(other.Tensors.Entries.Keys.Where(name => !wanted.ContainsKey(name)).Select(name => $"{name} is only here"));
        string[] faults = [.. first.Differences(other.Architecture, "there", "here"), .. shapes];
        if (faults.Length > 0)
        {
            throw new UserErrorException($"{other.Path}: is not of the architecture of {firstPath} ({faults.Length} differences: "
                + $"{string.Join("; ", faults.Take(5))}). "
                + "Average checkpoints of one model; pe checkpoint convert --image-size brings them to one input size.");
        }
    }
}
