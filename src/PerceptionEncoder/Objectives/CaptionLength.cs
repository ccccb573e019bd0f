using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

/// <summary>The same caption for two text towers of different contexts, without tokenizing it twice.</summary>
internal static class CaptionLength
{
    /// <summary>Cuts as the tokenizer would: the last id of a caption that is too long becomes the end token.</summary>
    /// <param name="tokens">int64 [B, L], padded with zeros; the end token is the largest id.</param>
    /// <param name="tower">Its context is not longer than L.</param>
    /// <returns>int64 [B, context].</returns>
    public static Tensor CutTo(Tensor tokens, TextOptions tower)
    {
        var context = tower.ContextLength;
        if (tokens.shape[1] == context)
        {
            return tokens;
        }

        using var scope = NewDisposeScope();
        var cut = tokens.narrow(1, 0, context).clone();
        var last = cut.select(1, context - 1);
        last.masked_fill_(last.ne(Scalars.Of(0)), Scalars.Of(tower.VocabularySize - 1));
        return cut.MoveToOuterDisposeScope();
    }
}
