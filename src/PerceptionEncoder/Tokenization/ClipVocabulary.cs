namespace PerceptionEncoder.Tokenization;

/// <summary>
/// Tokens and merges of a CLIP tokenizer, checked: all byte symbols are there, each merge joins known symbols, and the special tokens are
/// last.
/// </summary>
internal sealed class ClipVocabulary
{
    /// <summary>Ids taken by bytes, by bytes at a word's end, and by the two special tokens.</summary>
    public const int BaseSize = 2 * ByteAlphabet.Size + SpecialTokens;

    /// <summary>Spelling in the published Perception Encoder tokenizer.</summary>
    public const string PublishedStart = "<start_of_text>";

    /// <inheritdoc cref="PublishedStart"/>
    public const string PublishedEnd = "<end_of_text>";

    private const int SpecialTokens = 2;

    private ClipVocabulary(string[] tokens, IReadOnlyList<string> merges)
    {
        Tokens = tokens;
        Merges = merges;
    }

    /// <summary>Token of each id. The last is the end token, the one before it the start token.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Pairs of symbols, "left right", in the order in which they are joined.</summary>
    public IReadOnlyList<string> Merges { get; }

    public string StartToken => Tokens[^2];

    public string EndToken => Tokens[^1];

    /// <summary>Numbers the tokens as published: bytes, bytes at a word's end, one token per merge, start, end.</summary>
    /// <param name="merges">"left right", most frequent first.</param>
    /// <param name="source">Named in errors.</param>
    /// <param name="firstLine">Line of the first merge in <paramref name="source"/>, for errors.</param>
    public static ClipVocabulary FromMerges(IReadOnlyList<string> merges, string source, int firstLine)
    {
        var tokens = new List<string>(ByteAlphabet.Symbols);
        var known = new HashSet<string>(tokens);
        for (var i = 0; i < merges.Count; i++)
        {
            var (left, right) = Split(merges[i], source, firstLine + i);
            RequireKnown(known.Contains(left), left, source, firstLine + i);
            RequireKnown(known.Contains(right), right, source, firstLine + i);
            if (!known.Add(left + right))
            {
                throw new UserErrorException($"{source}:{firstLine + i}: the merge \"{merges[i]}\" makes a token that an earlier line "
                    + "makes already; the file is damaged, use an intact copy");
            }

            tokens.Add(left + right);
        }

        return new ClipVocabulary([.. tokens, PublishedStart, PublishedEnd], merges);
    }

    /// <summary>Takes the numbering of a <c>vocab.json</c>; the special tokens may have either published spelling.</summary>
    public static ClipVocabulary FromIds(
        IReadOnlyDictionary<string, int> ids,
        string idSource,
        IReadOnlyList<string> merges,
        string mergeSource,
        int firstLine)
    {
        var tokens = new string[ids.Count];
        foreach (var (token, id) in ids)
        {
            if (id < 0 || id >= tokens.Length || tokens[id] is not null)
            {
                throw new UserErrorException($"{idSource}: the id {id} of \"{token}\" is taken twice or beyond the {tokens.Length} tokens; "
                    + $"ids must be 0..{tokens.Length - 1}, use an intact copy");
            }

            tokens[id] = token;
        }

        if (ByteAlphabet.Symbols.FirstOrDefault(symbol => !ids.ContainsKey(symbol)) is { } missing)
        {
            throw new UserErrorException(
                $"{idSource}: the byte symbol \"{missing}\" is missing; only byte-level vocabularies with </w> word ends can be read");
        }

        if ((tokens[^2], tokens[^1]) is not ((PublishedStart, PublishedEnd) or ("<|startoftext|>", "<|endoftext|>")))
        {
            throw new UserErrorException(
                $"{idSource}: the two largest ids are \"{tokens[^2]}\" and \"{tokens[^1]}\"; they must be {PublishedStart}, "
                + $"{PublishedEnd} or <|startoftext|>, <|endoftext|>, since the text tower finds the end token by its id");
        }

        for (var i = 0; i < merges.Count; i++)
        {
            var (left, right) = Split(merges[i], mergeSource, firstLine + i);
            foreach (var symbol in (ReadOnlySpan<string>)[left, right, left + right])
            {
                RequireKnown(ids.ContainsKey(symbol), symbol, mergeSource, firstLine + i);
            }
        }

        return new ClipVocabulary(tokens, merges);
    }

    private static (string Left, string Right) Split(string merge, string source, int line)
        => merge.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
            ? (left, right)
            : throw new UserErrorException(
                $"{source}:{line}: \"{merge}\" is no merge; each line holds two symbols with one space between, use an intact copy");

    private static void RequireKnown(bool known, string symbol, string source, int line)
    {
        if (!known)
        {
            throw new UserErrorException(
                $"{source}:{line}: the merge names the unknown symbol \"{symbol}\"; the file is damaged or belongs to another vocabulary");
        }
    }
}
