using System.Text;
using Microsoft.ML.Tokenizers;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>
/// Byte-level byte-pair encoding by a list of merges: words by <see cref="WordPattern"/>, each merged by Microsoft.ML.Tokenizers.
/// </summary>
internal sealed class MergedWords : ITextEncoder
{
    private readonly MergeVocabulary vocabulary;
    private readonly BpeTokenizer merger;

    public MergedWords(MergeVocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        merger = BpeTokenizer.Create(new BpeOptions(vocabulary.Ids) { Merges = vocabulary.Merges, ByteLevel = true });
    }

    public void Append(List<int> ids, string text)
    {
        text = vocabulary.Composes ? CanonicalForm.Compose(text) : text;
        foreach (var word in vocabulary.Words.Split(text))
        {
            if (vocabulary.IgnoresMerges
                && vocabulary.Ids.TryGetValue(ByteAlphabet.Encode(Encoding.UTF8.GetBytes(text[word])), out var whole))
            {
                ids.Add(whole);
            }
            else
            {
                ids.AddRange(merger.EncodeToIds(text.AsSpan()[word], considerPreTokenization: false, considerNormalization: false));
            }
        }
    }
}
