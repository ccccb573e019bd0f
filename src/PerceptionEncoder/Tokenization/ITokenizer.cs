namespace PerceptionEncoder.Tokenization;

/// <summary>Turns text into token ids for one of the model's text inputs.</summary>
public interface ITokenizer
{
    /// <summary>Number of ids, special tokens included.</summary>
    int VocabularySize { get; }

    /// <summary>Ids of the cleaned text, without start or end token.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>The text of some ids; ids of special tokens are spelled out.</summary>
    string Decode(IEnumerable<int> ids);

    /// <summary>
    /// Start token, ids, end token, zeros up to <paramref name="contextLength"/>; cut to fit, the last id then being the end token.
    /// </summary>
    int[] EncodeToContext(string text, int contextLength);
}
