using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Rows of tokens that go through a model one token after another, with a cache or, for comparison, all of them again.</summary>
/// <param name="model">The model.</param>
/// <param name="rows">The prompts.</param>
/// <param name="cache">Empty, for as many rows; null to compute all tokens again each time.</param>
internal sealed class TokenStream(LanguageModel model, PromptRows rows, KeyValueCache? cache) : IDisposable
{
    private readonly List<int> lengths = [.. rows.Lengths];
    private Tensor embedded = rows.Embedded;
    private SequencePlaces? places = rows.Places;

    // B rows · V vocabulary

    /// <summary>Scores after the prompts, [B, V] float32, in the caller's scope.</summary>
    public Tensor Start() => Last(model.Hidden(embedded, places, cache));

    /// <summary>Scores after one more token of each row.</summary>
    /// <param name="tokens">One for each row that goes on.</param>
    /// <param name="from">The row before that each row goes on from; others end.</param>
    /// <returns>[B, V] float32, in the caller's scope.</returns>
    public Tensor Next(IReadOnlyList<long> tokens, IReadOnlyList<long> from)
    {
        using var scope = NewDisposeScope();
        if (!from.SequenceEqual(Enumerable.Range(0, lengths.Count).Select(row => (long)row)))
        {
            Reorder(from);
        }

        var added = model.Embed(tensor(tokens.ToArray()).view(-1, 1).SendTo(model.Device));
        var next = places is null ? null : new SequencePlaces(
            tensor(lengths.Select(length => (long)length).ToArray()).view(-1, 1).SendTo(model.Device),
            zeros([lengths.Count, 1], int64, model.Device));
        for (var row = 0; row < lengths.Count; row++)
        {
            lengths[row]++;
        }

        if (cache is not null)
        {
            return Last(model.Hidden(added, next, cache)).MoveToOuterDisposeScope();
        }

        Keep(cat([embedded, added], 1), places is null ? null : new SequencePlaces(
            cat([places.Positions, next!.Positions], 1),
            cat([places.Segments!, next.Segments!], 1)));
        return Last(model.Hidden(embedded, places)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        embedded.Dispose();
        places?.Positions.Dispose();
        places?.Segments!.Dispose();
    }

    private void Reorder(IReadOnlyList<long> from)
    {
        using var scope = NewDisposeScope();
        var index = tensor(from.ToArray()).SendTo(model.Device);
        int[] before = [.. lengths];
        lengths.Clear();
        lengths.AddRange(from.Select(row => before[(int)row]));
        if (cache is not null)
        {
            cache.Reorder(index);
            return;
        }

        Keep(embedded.index_select(0, index), places is null ? null : new SequencePlaces(
            places.Positions.index_select(0, index),
            places.Segments!.index_select(0, index)));
    }

    /// <summary>What is computed again each time outlives the step.</summary>
    private void Keep(Tensor newEmbedded, SequencePlaces? newPlaces)
    {
        Dispose();
        embedded = newEmbedded.DetachFromDisposeScope();
        places = newPlaces;
        newPlaces?.Positions.DetachFromDisposeScope();
        newPlaces?.Segments!.DetachFromDisposeScope();
    }

    private Tensor Last(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        using var all = hidden;
        return model.Logits(all.select(1, -1)).MoveToOuterDisposeScope();
    }
}
