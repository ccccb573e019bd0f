using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

// R rows of L tokens · A answer tokens
/// <summary>The dialogues of a micro-batch in rows, and which tokens are asked for.</summary>
internal sealed record PackedDialogues
{
    /// <summary>Where each dialogue stands.</summary>
    public required PackedRows Rows { get; init; }

    /// <summary>[R, L], int64; padding, and what visual tokens stand in for, is 0.</summary>
    public required Tensor Tokens { get; init; }

    /// <summary>[R, L], int64: places from 0 within each dialogue.</summary>
    public required Tensor Positions { get; init; }

    /// <summary>[R, L], int64: which of its row's dialogues a token is of; -1 for padding.</summary>
    public required Tensor Segments { get; init; }

    /// <summary>[R, L], int64: which visual token of the micro-batch stands in a place; -1 for none.</summary>
    public required Tensor VisualIndex { get; init; }

    /// <summary>[A], int64: the flat places whose next token is an answer's.</summary>
    public required Tensor Asked { get; init; }

    /// <summary>[A]: the dialogue of each.</summary>
    public required IReadOnlyList<int> AskedOf { get; init; }

    /// <summary>[A], int64: those next tokens.</summary>
    public required Tensor Targets { get; init; }

    /// <summary>Places in which visual tokens stand.</summary>
    public required long VisualTokens { get; init; }

    /// <summary>Answer tokens.</summary>
    public required long Answers { get; init; }

    /// <param name="batch">As the loader gives it.</param>
    /// <param name="imageToken">Id that stands in the place of a visual token.</param>
    /// <param name="rowLength">Tokens of a row; 0 for a row for each dialogue.</param>
    public static PackedDialogues Of(DialogueBatch batch, int imageToken, int rowLength) => Of(
        batch.TokenCounts,
        batch.Tokens.cpu().data<long>().ToArray(),
        batch.Answers.cpu().data<bool>().ToArray(),
        imageToken,
        rowLength);

    /// <param name="lengths">Tokens of each dialogue.</param>
    /// <param name="ids">[dialogues, context]: tokens and padding.</param>
    /// <param name="isAnswer">[dialogues, context]: which tokens there is a loss for.</param>
    /// <param name="imageToken">Id that stands in the place of a visual token.</param>
    /// <param name="rowLength">Tokens of a row; 0 for a row for each dialogue.</param>
    public static PackedDialogues Of(IReadOnlyList<int> lengths, long[] ids, bool[] isAnswer, int imageToken, int rowLength)
    {
        var rows = PackedRows.Lay(lengths, rowLength);
        var size = rows.Rows * rows.Length;
        var (tokens, positions, segments, visual) = (new long[size], new long[size], new long[size], new long[size]);
        Array.Fill(segments, -1);
        Array.Fill(visual, -1);
        var (asked, targets, askedOf) = (new List<long>(), new List<long>(), new List<int>());
        var nextVisual = 0L;
        var context = ids.Length / Math.Max(1, lengths.Count);
        for (var i = 0; i < lengths.Count; i++)
        {
            var (place, first) = (rows.Places[i], i * context);
            var start = (place.Row * rows.Length) + place.Start;
            for (var t = 0; t < place.Length; t++)
            {
                var id = ids[first + t];
                (positions[start + t], segments[start + t]) = (t, i);
                var isVisual = id == imageToken;
                tokens[start + t] = isVisual ? 0 : id;                      // the id may be none that the model knows
                visual[start + t] = isVisual ? nextVisual++ : -1;
                if (t > 0 && isAnswer[first + t])
                {
                    asked.Add(start + t - 1);
                    targets.Add(id);
                    askedOf.Add(i);
                }
            }
        }

        long[] shape = [rows.Rows, rows.Length];
        return new PackedDialogues
        {
            Rows = rows,
            Tokens = tensor(tokens).view(shape),
            Positions = tensor(positions).view(shape),
            Segments = tensor(segments).view(shape),
            VisualIndex = tensor(visual).view(shape),
            Asked = tensor(asked.ToArray()),
            AskedOf = askedOf,
            Targets = tensor(targets.ToArray()),
            Answers = asked.Count,
            VisualTokens = nextVisual,
        };
    }

    /// <summary>What the model expects in the places that are asked for, and what stands there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Whose dialogues these are, with their pictures.</param>
    /// <param name="device">The model's.</param>
    /// <returns>[A, vocabulary], float32, and [A].</returns>
    public (Tensor Logits, Tensor Targets) Answer(LanguageModel model, DialogueBatch batch, Device device)
    {
        var chunks = batch.Chunks();                                                                          // [m, 3, H, W]
        var visual = chunks is null ? null : model.EncodeImages(Pixels.Normalize(chunks.SendTo(device))).flatten(0, 1);    // [m T, D]
        return (Logits(model, visual, device), Targets.SendTo(device));
    }

    /// <summary>What the model expects in the places that are asked for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="visual">[visual tokens of the micro-batch, width] on the model's device; null where there is no picture.</param>
    /// <param name="device">The model's.</param>
    /// <returns>[A, vocabulary], float32.</returns>
    public Tensor Logits(LanguageModel model, Tensor? visual, Device device)
    {
        if ((visual?.shape[0] ?? 0) != VisualTokens)
        {
            throw new InvalidOperationException(
                $"{VisualTokens} places for visual tokens and {visual?.shape[0] ?? 0} of them: the data was laid out for another model.");
        }

        using var scope = NewDisposeScope();
        var embedded = model.Embed(
            Tokens.SendTo(device),
            visual,
            visual is null ? null : VisualIndex.SendTo(device));                                              // [R, L, D]
        var hidden = model.Hidden(embedded, new SequencePlaces(Positions.SendTo(device), Segments.SendTo(device)));
        return model.Logits(hidden.flatten(0, 1).index_select(0, Asked.SendTo(device))).MoveToOuterDisposeScope();
    }
}
