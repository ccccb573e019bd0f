using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>A batch of dialogues with their pictures.</summary>
/// <param name="Batch">Of <see cref="Layout"/>.</param>
public readonly record struct DialogueBatch(Batch Batch)
{
    internal const string TokenField = "tokens", AnswerField = "answers", ImageField = "images";

    /// <summary>Number of dialogues.</summary>
    public int Size => Batch.Size;

    /// <summary>[batch]: tokens of each dialogue.</summary>
    public IReadOnlyList<int> TokenCounts => Batch.Lengths(TokenField);

    /// <summary>[batch]: pictures of each dialogue: tiles, thumbnails and frames counted one by one.</summary>
    public IReadOnlyList<int> ChunkCounts => Batch.Lengths(ImageField);

    /// <param name="context">Tokens of a dialogue at most.</param>
    /// <param name="chunks">Pictures of a dialogue at most.</param>
    /// <param name="side">Of a square picture, in pixels.</param>
    public static BatchLayout Layout(int context, int chunks, int side)
        => new(
            new BatchField(TokenField, ScalarType.Int64, context),
            new BatchField(AnswerField, ScalarType.Bool, context),
            new BatchField(ImageField, ScalarType.Byte, chunks, 3, side, side));

    /// <summary>Random pictures in dialogues that fill their context, to measure a step with.</summary>
    /// <param name="size">Dialogues.</param>
    /// <param name="context">As in <see cref="Layout"/>.</param>
    /// <param name="chunks">As in <see cref="Layout"/>.</param>
    /// <param name="side">As in <see cref="Layout"/>.</param>
    /// <param name="imageToken">Id that stands in the place of a visual token.</param>
    /// <param name="visualTokens">Of a picture.</param>
    /// <param name="id">Stands in every other place; half of them are answers.</param>
    public static Batch Noise(int size, int context, int chunks, int side, int imageToken, int visualTokens, int id)
    {
        var seen = Math.Min(chunks * visualTokens, context - 2);
        var tokens = full([size, context], id, int64);
        tokens.narrow(1, 0, seen).fill_(imageToken);
        var answers = zeros([size, context], @bool);
        answers.narrow(1, (context + seen) / 2, context - ((context + seen) / 2)).fill_(true);
        return new Batch(
            Layout(context, chunks, side),
            [tokens, answers, randint(0, 256, [size, chunks, 3, side, side], uint8)],
            new string[size],
            DataPosition.Start);
    }

    /// <summary>Some decoded dialogues, in order; the caller disposes the batch.</summary>
    internal static Batch Of(BatchLayout layout, IReadOnlyList<SampleFields> dialogues)
    {
        var tensors = layout.Allocate(dialogues.Count, CPU, pinned: false);
        var lengths = layout.Fields.Select(_ => new int[dialogues.Count]).ToArray();
        for (var field = 0; field < tensors.Length; field++)
        {
            for (var i = 0; i < dialogues.Count; i++)
            {
                lengths[field][i] = dialogues[i].CopyTo(field, BatchAssembler.Row(tensors[field], layout.Fields[field].Bytes, i));
            }
        }

        return new Batch(layout, tensors, new string[dialogues.Count], DataPosition.Start) { FilledLengths = lengths };
    }

    /// <summary>[batch, context]: the tokens; what is behind those of a dialogue is padding.</summary>
    public Tensor Tokens => Batch[TokenField];

    /// <summary>[batch, context]: which of them are answers, for which there is a loss.</summary>
    public Tensor Answers => Batch[AnswerField];

    /// <summary>[chunks of all dialogues, 3, side, side], uint8, in the order of the dialogues; null where none has a picture.</summary>
    public Tensor? Chunks()
    {
        var (images, counts) = (Batch[ImageField], ChunkCounts);
        var filled = counts.Index().Where(entry => entry.Item > 0).Select(entry => images[entry.Index].narrow(0, 0, entry.Item)).ToArray();
        return filled.Length == 0 ? null
            : counts.All(count => count == images.shape[1]) ? images.flatten(0, 1)
            : cat(filled);
    }
}
