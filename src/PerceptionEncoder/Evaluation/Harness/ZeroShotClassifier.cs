using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

// B batch · C classes · T templates · D embedding width
/// <summary>A linear classifier made of text: one column a class, the ensemble of its prompts.</summary>
/// <remarks>Perception Encoder, App. B.1.2; CLIP, §3.1.4.</remarks>
public static class ZeroShotClassifier
{
    /// <summary>CLIP's fixed logit factor; it does not change any ranking.</summary>
    private const double LogitFactor = 100;

    /// <summary>Class weights from prompt embeddings: the normalised mean over templates of normalised embeddings.</summary>
    /// <param name="templateEmbeddings">[C, T, D] text features, normalised or not.</param>
    /// <returns>[D, C], columns of length 1.</returns>
    public static Tensor Weights(Tensor templateEmbeddings)
    {
        using var scope = NewDisposeScope();
        var mean = Normalize(templateEmbeddings).mean([1]);                                     // [C, D]
        return Normalize(mean).t().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Writes every class name into every template, encodes the prompts a chunk at a time and returns the class weights.</summary>
    /// <param name="classNames">C names.</param>
    /// <param name="templates">T prompts with <c>{c}</c> where the name goes.</param>
    /// <param name="encodeTexts">n captions to [n, D]; called with at most <paramref name="chunk"/> captions.</param>
    /// <param name="chunk">Captions per call.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    /// <returns>[D, C] on the encoder's device.</returns>
    public static Tensor Weights(
        IReadOnlyList<string> classNames, IReadOnlyList<string> templates, Func<IReadOnlyList<string>, Tensor> encodeTexts, int chunk,
        CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1);
        using var scope = NewDisposeScope();
        var columns = classNames.Chunk(ClassesAtOnce(templates, chunk))
            .Select(names => Columns(names, templates, encodeTexts, chunk, cancellation)).ToArray();
        return cat(columns, dim: 1).MoveToOuterDisposeScope();
    }

    /// <summary>The same by all ranks, who share the names.</summary>
    /// <returns>[D, C]; empty on ranks that do not write.</returns>
    internal static Tensor Weights(
        IReadOnlyList<string> classNames,
        IReadOnlyList<string> templates,
        Func<IReadOnlyList<string>, Tensor> encodeTexts,
        int chunk,
        World world,
        CancellationToken cancellation)
    {
        if (world.Size == 1)
        {
            return Weights(classNames, templates, encodeTexts, chunk, cancellation);
        }

        using var scope = NewDisposeScope();
        var own = RankBlocks.Mine(world, classNames, ClassesAtOnce(templates, chunk)).Chunk(ClassesAtOnce(templates, chunk))
            .Select(names => new RankPiece<int>(
                Columns(names, templates, encodeTexts, chunk, CancellationToken.None).t().cpu().contiguous(), names.Length));
        var rows = RankBlocks.InOrder(world, own, cancellation).Select(piece => piece.Features).ToArray();
        var weights = world.Writes ? cat(rows).t().contiguous() : empty(0);
        Array.ForEach(rows, part => part.Dispose());
        return weights.MoveToOuterDisposeScope();
    }

    private static int ClassesAtOnce(IReadOnlyList<string> templates, int chunk) => Math.Max(1, chunk / templates.Count);

    /// <returns>[D, names].</returns>
    private static Tensor Columns(
        string[] names,
        IReadOnlyList<string> templates,
        Func<IReadOnlyList<string>, Tensor> encodeTexts,
        int chunk,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        foreach (var prompts in names.SelectMany(name => templates.Select(template => Prompt(template, name))).Chunk(chunk))
        {
            cancellation.ThrowIfCancellationRequested();
            parts.Add(encodeTexts(prompts));
        }

        return Weights(cat(parts).view(names.Length, templates.Count, -1)).MoveToOuterDisposeScope();
    }

    /// <summary>100 times the cosine of every image with every class.</summary>
    /// <param name="imageFeatures">[B, D], normalised or not.</param>
    /// <param name="weights">[D, C] from <see cref="Weights(Tensor)"/>.</param>
    /// <returns>[B, C].</returns>
    public static Tensor Logits(Tensor imageFeatures, Tensor weights)
    {
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        return (LogitFactor * Normalize(imageFeatures).matmul(weights)).MoveToOuterDisposeScope();
    }

    internal static string Prompt(string template, string className) => template.Replace("{c}", className, StringComparison.Ordinal);

    private static Tensor Normalize(Tensor features) => nn.functional.normalize(features, p: 2, dim: -1);
}
