using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Reads heads of dense tasks and what they saw out of a recording.</summary>
internal static class RecordedDenseHead
{
    /// <summary>A linear head with its recorded weights.</summary>
    /// <param name="file">The recording.</param>
    /// <param name="head">Its name in it.</param>
    /// <param name="layer">Published name of its linear layer.</param>
    /// <param name="enlarge">So many times larger are maps made first.</param>
    public static LinearTokenHead Linear(SafetensorsFile file, string head, string layer, int enlarge = 1)
    {
        var weights = file.Read($"{head}/weights/{layer}.weight");                                           // [outputs, D, 1, 1]
        var made = new LinearTokenHead(
            weights.shape[1],
            (int)weights.shape[0],
            file.Entries.ContainsKey($"{head}/weights/batchnorm_layer.weight"),
            enlarge);
        Load(file, head, made, name => name.Replace("conv.", $"{layer}.", StringComparison.Ordinal));
        return made;
    }

    /// <summary>Gives a module its recorded weights; all that is recorded must find its place.</summary>
    /// <param name="file">The recording.</param>
    /// <param name="head">Its name in it.</param>
    /// <param name="module">The head.</param>
    /// <param name="published">From the module's names to published ones.</param>
    public static void Load(SafetensorsFile file, string head, nn.Module module, Func<string, string>? published = null)
    {
        using var noGradient = no_grad();
        var prefix = $"{head}/weights/";
        var open = file.Entries.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToHashSet();
        foreach (var (name, tensor) in module.state_dict())
        {
            var recorded = prefix + (published?.Invoke(name) ?? name);
            if (open.Remove(recorded))
            {
                tensor.copy_(file.Read(recorded));
            }
            else
            {
                Assert.EndsWith("num_batches_tracked", name, StringComparison.Ordinal);
            }
        }

        Assert.Empty(open);
    }

    /// <summary>Maps of a head's layers, [B, D, h, w] each.</summary>
    public static Tensor[] Maps(SafetensorsFile file, string head) => All(file, $"{head}/in/patch");

    /// <summary>Class tokens of a head's layers, [B, D] each.</summary>
    public static Tensor[] ClassTokens(SafetensorsFile file, string head) => All(file, $"{head}/in/class");

    /// <summary>All layers as a linear head sees them.</summary>
    public static Tensor Features(SafetensorsFile file, string head, bool classToken)
        => TokenMaps.Join(Maps(file, head), classToken ? ClassTokens(file, head) : null);

    private static Tensor[] All(SafetensorsFile file, string prefix)
        =>
    [
        .. Enumerable.Range(0, 64)
            .Select(index => $"{prefix}{index}")
            .TakeWhile(file.Entries.ContainsKey)
            .Select(name => file.Read(name)),
    ];
}
