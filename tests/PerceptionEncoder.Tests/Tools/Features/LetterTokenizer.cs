using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tools.Features;

/// <summary>An id for each letter, its character code.</summary>
internal sealed class LetterTokenizer : ITokenizer
{
    private const int Start = 90;
    private const int End = 91;

    public int VocabularySize => 128;

    public IReadOnlyList<int> Encode(string text) => [.. text.Select(letter => (int)letter)];

    public string Decode(IEnumerable<int> ids) => string.Concat(ids.Select(id => (char)id));

    public int[] EncodeToContext(string text, int contextLength)
    {
        var ids = new int[contextLength];
        int[] used = [Start, .. Encode(text), End];
        used.CopyTo(ids, 0);
        return ids;
    }
}
