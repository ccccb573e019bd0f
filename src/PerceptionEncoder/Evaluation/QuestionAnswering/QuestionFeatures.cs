using PerceptionEncoder.Evaluation.Harness.Frozen;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>Patch tokens of one part of a set at some layers, kept on disk until disposed, and the questions.</summary>
internal sealed class QuestionFeatures(string folder, string part, IReadOnlyList<int> layers) : IDisposable
{
    private readonly Dictionary<int, FeatureRows> tokens = layers.ToDictionary(
        layer => layer,
        layer => new FeatureRows(Path.Combine(folder, $"{part}-{layer}"), ScalarType.Float16));
    private readonly List<AskedQuestion> questions = [];

    /// <summary>One an image.</summary>
    public IReadOnlyList<AskedQuestion> Questions => questions;

    /// <summary>Images left out.</summary>
    public int Unreadable { get; set; }

    /// <summary>Of a layer, [n, P, D].</summary>
    public FeatureRows Tokens(int layer) => tokens[layer];

    /// <summary>Where a batch's tokens at a layer go, which the caller adds; questions are taken with the first layer.</summary>
    public FeatureRows Begin(int layer, IReadOnlyList<AskedQuestion> batch)
    {
        if (layer == layers[0])
        {
            questions.AddRange(batch);
        }

        return tokens[layer];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in tokens.Values)
        {
            rows.Dispose();
        }
    }
}
