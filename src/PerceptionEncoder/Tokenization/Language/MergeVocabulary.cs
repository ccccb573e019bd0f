namespace PerceptionEncoder.Tokenization.Language;

/// <summary>A byte-level vocabulary with its merges.</summary>
/// <param name="Ids">Of ordinary tokens, spelled in <see cref="ByteAlphabet"/>.</param>
/// <param name="Merges">Pairs of tokens, "left right", in the order in which they are joined.</param>
/// <param name="Special">Ids of special tokens by name.</param>
/// <param name="Words">How text is cut before it is merged.</param>
/// <param name="Composes">Whether text is brought to NFC first.</param>
/// <param name="IgnoresMerges">Whether a word that is a token as a whole is taken as it is.</param>
internal sealed record MergeVocabulary(
    IReadOnlyDictionary<string, int> Ids,
    IReadOnlyList<string> Merges,
    IReadOnlyDictionary<string, int> Special,
    WordPattern Words,
    bool Composes = false,
    bool IgnoresMerges = false)
{
    /// <param name="source">Named in errors.</param>
    /// <param name="files">To be stored with a checkpoint.</param>
    /// <exception cref="UserErrorException">A byte has no token, a merge joins what is no token, two tokens share an id.</exception>
    public LanguageTokenizer Tokenizer(string source, IReadOnlyList<TokenizerFile> files)
    {
        var tokens = new byte[]?[Ids.Values.Concat(Special.Values).DefaultIfEmpty(-1).Max() + 1];
        foreach (var (token, id) in Ids)
        {
            if (id < 0 || tokens[id] is not null)
            {
                throw new UserErrorException($"{source}: id {id} of \"{token}\" is taken or negative; use an intact copy");
            }

            tokens[id] = ByteAlphabet.Bytes(token) ?? throw new UserErrorException(
                $"{source}: the token \"{token}\" is not spelled in bytes; only byte-level vocabularies are known (Llama 3, Qwen 2, GPT-2)");
        }

        for (var value = 0; value < ByteAlphabet.Size; value++)
        {
            if (!Ids.ContainsKey(ByteAlphabet.Encode([(byte)value])))
            {
                throw new UserErrorException($"{source}: has no token for byte {value}; use an intact copy of a byte-level vocabulary");
            }
        }

        for (var i = 0; i < Merges.Count; i++)
        {
            var space = Merges[i].IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || !Ids.ContainsKey(Merges[i][..space]) || !Ids.ContainsKey(Merges[i][(space + 1)..])
                || !Ids.ContainsKey(Merges[i].Remove(space, 1)))
            {
                throw new UserErrorException($"{source}: merge {i + 1}, \"{Merges[i]}\", does not join two tokens to a third; "
                    + "use an intact copy");
            }
        }

        return new LanguageTokenizer(new MergedWords(this), tokens, Special, files);
    }
}
