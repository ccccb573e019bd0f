using Microsoft.ML.Tokenizers;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>
/// tiktoken's byte-pair encoding, where the rank of a token is its id: words by <see cref="WordPattern"/>, each merged by
/// Microsoft.ML.Tokenizers.
/// </summary>
internal sealed class RankedWords(WordPattern words, TiktokenTokenizer merger) : ITextEncoder
{
    public void Append(List<int> ids, string text)
    {
        foreach (var word in words.Split(text))
        {
            ids.AddRange(merger.EncodeToIds(text.AsSpan()[word], considerPreTokenization: false, considerNormalization: false));
        }
    }
}
