using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Prompts as rows of one length, padded on the left, so that all end at the same place.</summary>
internal sealed class PromptRows
{
    /// <summary>Pictures that go through the tower together.</summary>
    private const int PicturesAtOnce = 4;

    // B prompts · L tokens of the longest · D width

    private PromptRows(Tensor embedded, SequencePlaces? places, IReadOnlyList<int> lengths)
        => (Embedded, Places, Lengths) = (embedded, places, lengths);

    /// <summary>[B, L, D].</summary>
    public Tensor Embedded { get; }

    /// <summary>Null where all prompts are of one length.</summary>
    public SequencePlaces? Places { get; }

    /// <summary>Tokens of each.</summary>
    public IReadOnlyList<int> Lengths { get; }

    /// <summary>Encodes the pictures and lays out the rows, in the caller's dispose scope.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">At least one.</param>
    /// <param name="imageToken">What stands in the ids where a picture's tokens go; null where the tokenizer has none.</param>
    /// <exception cref="UserErrorException">The pictures and their places do not fit.</exception>
    public static PromptRows Of(LanguageModel model, IReadOnlyList<GenerationPrompt> prompts, int? imageToken)
    {
        var longest = prompts.Max(prompt => prompt.Ids.Count);
        var count = prompts.Count * longest;
        var (ids, index, positions, segments) = (new long[count], new long[count], new long[count], new long[count]);
        Array.Fill(index, -1);
        List<Tensor> visual = [];
        var rows = 0L;
        for (var row = 0; row < prompts.Count; row++)
        {
            var (prompt, first) = (prompts[row], ((row + 1) * longest) - prompts[row].Ids.Count);
            Array.Fill(segments, -1, row * longest, first - (row * longest));
            var placed = rows;
            for (var i = 0; i < prompt.Ids.Count; i++)
            {
                var isPicture = prompt.Ids[i] == imageToken && prompt.Pixels is not null;
                positions[first + i] = i;
                ids[first + i] = isPicture ? 0 : prompt.Ids[i];         // the id may be none that the model knows
                index[first + i] = isPicture ? placed++ : -1;
            }

            if (prompt.Pixels is { } pixels)
            {
                var tokens = Encode(model, pixels);
                visual.Add(tokens);
                rows += tokens.shape[0];
                Check(placed, rows, pixels);
            }
        }

        var device = model.Device;
        var embedded = model.Embed(
            Row(ids),
            visual.Count == 0 ? null : cat([.. visual]),
            visual.Count == 0 ? null : Row(index));
        var even = prompts.All(prompt => prompt.Ids.Count == longest);
        return new PromptRows(
            embedded,
            even ? null : new SequencePlaces(Row(positions), Row(segments)),
            [.. prompts.Select(prompt => prompt.Ids.Count)]);

        Tensor Row(long[] values) => tensor(values).view(prompts.Count, longest).SendTo(device);
    }

    private static void Check(long placed, long tokens, Tensor pixels)
    {
        if (placed != tokens)
        {
            throw new UserErrorException($"the prompt has {placed} places for parts of pictures, and its {pixels.shape[0]} pictures make "
                + $"{tokens} tokens. Write the prompt for this model's {tokens / pixels.shape[0]} tokens a picture.");
        }
    }

    private static Tensor Encode(LanguageModel model, Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var from = 0L; from < pixels.shape[0]; from += PicturesAtOnce)
        {
            var some = pixels.narrow(0, from, Math.Min(PicturesAtOnce, pixels.shape[0] - from)).SendTo(model.Device);
            parts.Add(model.EncodeImages(some.dtype == ScalarType.Byte ? Pixels.Normalize(some) : some).flatten(0, 1));
        }

        return cat([.. parts]).MoveToOuterDisposeScope();
    }
}
