namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Turns text into ids of ordinary tokens.</summary>
internal interface ITextEncoder
{
    /// <summary>Adds the ids of <paramref name="text"/>, which holds no half of a surrogate pair.</summary>
    void Append(List<int> ids, string text);
}
