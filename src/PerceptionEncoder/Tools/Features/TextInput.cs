using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tokenization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>Texts as the text tower takes them.</summary>
/// <param name="tokenizer">The model's.</param>
/// <param name="contextLength">Ids a text is cut or filled up to.</param>
internal sealed class TextInput(ITokenizer tokenizer, int contextLength)
{
    /// <returns>[contextLength] ids, padded with zeros.</returns>
    /// <exception cref="BadSampleException">There is no text, or it is not UTF-8.</exception>
    public int[] Decode(MediaItem item) => tokenizer.EncodeToContext(item.ReadText(), contextLength);

    /// <returns>[B, contextLength], int64, on the CPU.</returns>
    public Tensor Stack(IReadOnlyList<int[]> texts)
    {
        var ids = new long[texts.Count, contextLength];
        for (var row = 0; row < texts.Count; row++)
        {
            for (var column = 0; column < contextLength; column++)
            {
                ids[row, column] = texts[row][column];
            }
        }

        return tensor(ids);
    }

    /// <summary>Columns up to the last end token of a batch: what comes after them is padding.</summary>
    /// <param name="ids">int64 [B, L].</param>
    internal static int UsedLength(Tensor ids)
    {
        using var scope = NewDisposeScope();
        return (int)ids.ne(0).any(0).nonzero().max().item<long>() + 1;
    }
}
